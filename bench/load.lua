-- Requests for wrk from a file of lines "path<TAB>body"; {n} is a number that no other request has.
local requests, number = {}, 0

function init(arguments)
  math.randomseed(os.time())
  number = math.random(1, 1000000) * 1000000
  for line in io.lines(arguments[1]) do
    local path, body = line:match("^(.-)\t(.*)$")
    requests[#requests + 1] = { path = path, body = body }
  end
end

function request()
  number = number + 1
  local chosen, own = requests[number % #requests + 1], string.format("%d", number)
  if chosen.body == "" then
    return wrk.format("GET", (chosen.path:gsub("{n}", own)))
  end
  local headers = { ["Content-Type"] = "application/json", ["Idempotency-Key"] = "bench-" .. own }
  return wrk.format("POST", chosen.path, headers, (chosen.body:gsub("{n}", own)))
end
