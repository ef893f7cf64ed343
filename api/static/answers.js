// 是否在找？: while somebody writes, up to three published answers to what they write. Without it there is a link.
(() => {
  'use strict';
  const place = document.querySelector('[data-answers]');
  const content = document.getElementById('content');
  if (!place || !content) return;
  const list = place.querySelector('ol');
  const [SHORTEST, LONGEST, PAUSE, FIRST] = [6, 1000, 700, 60]; // characters, characters, milliseconds, characters
  let [timer, asked, asking] = [0, '', null];

  const short = (text, length) => (text.length > length ? `${text.slice(0, length)}…` : text);
  const item = ({ id, question, answer }) => {
    const [row, link, words] = ['li', 'a', 'p'].map((name) => document.createElement(name));
    link.href = `/answers/${encodeURIComponent(id)}`;
    link.target = '_blank'; // what is being written stays
    link.rel = 'noopener';
    link.textContent = short(question, FIRST);
    words.className = 'soft';
    words.textContent = short(answer, FIRST);
    row.append(link, words);
    return row;
  };
  const show = (items) => {
    list.replaceChildren(...items.slice(0, 3).map(item));
    place.hidden = !items.length;
  };
  const ask = async () => {
    const text = content.value.trim().slice(0, LONGEST);
    if (text === asked) return;
    asked = text;
    if (asking) asking.abort();
    if (text.length < SHORTEST) {
      show([]);
      return;
    }
    asking = new AbortController();
    try {
      const answer = await fetch('/api/v1/answers/like', {
        method: 'POST', // the words stand in no address and in no log
        headers: { 'Content-Type': 'application/json' },
        credentials: 'omit',
        body: JSON.stringify({ text }),
        signal: asking.signal,
      });
      if (answer.ok) show((await answer.json()).items);
    } catch { /* offline or asked anew: writing goes on */ }
  };
  content.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
})();
