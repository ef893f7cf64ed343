// Small comforts on pages that work without them: keys for acts, tables that sort, one sending per form, printing.
(() => {
  'use strict';
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const typing = (el) => el.matches('input:not([type=checkbox], [type=radio], [type=submit]), textarea, select, [contenteditable]');

  // Single keys can be switched off (WCAG 2.1.4); the choice is kept in this browser.
  const STORE = 'hotline.keys';
  let keysOn = true;
  try { keysOn = localStorage.getItem(STORE) !== 'off'; } catch { /* storage refused: keys stay on */ }

  const place = document.querySelector('[data-keys-switch]');
  if (place) {
    const button = document.createElement('button');
    const show = () => {
      button.textContent = keysOn ? '快捷键：开' : '快捷键：关';
      button.setAttribute('aria-pressed', String(keysOn));
    };
    button.type = 'button';
    button.className = 'link';
    button.addEventListener('click', () => {
      keysOn = !keysOn;
      try { localStorage.setItem(STORE, keysOn ? 'on' : 'off'); } catch { /* as above */ }
      show();
    });
    show();
    place.append(button);
  }

  const act = (el) => {
    if (el.matches('summary')) {
      const details = el.parentElement;
      details.open = true;
      (details.querySelector('input:not([type=hidden]), select, textarea, button') || el).focus();
    } else if (el.matches('input')) {
      el.focus();
      el.select();
    } else {
      el.click();
    }
  };

  const step = (by) => {
    const links = all('[data-row-link]');
    if (!links.length) return;
    const now = links.indexOf(document.activeElement);
    const from = now >= 0 ? now : links.findIndex((a) => a.hasAttribute('aria-current'));
    links[Math.min(links.length - 1, Math.max(0, from + by))].focus();
  };

  // With Alt some keyboards type another letter, so there the key's place counts.
  const chord = (event) => (event.ctrlKey || event.metaKey ? 'Ctrl+' : '') + (event.altKey ? 'Alt+' : '')
    + (event.altKey && event.code.startsWith('Key') ? event.code.slice(3) : event.key);

  document.addEventListener('keydown', (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    const pressed = chord(event);
    const single = !pressed.includes('+') || pressed === '+';
    if (single && typing(event.target)) {
      if (event.key === 'Escape') event.target.blur();
      return;
    }
    if (single && !keysOn) return;
    const target = all('[data-key]').find((el) => el.dataset.key.toUpperCase() === pressed.toUpperCase());
    if (target) {
      event.preventDefault();
      act(target);
    } else if (/^[jk]$/i.test(pressed)) {
      step(/j/i.test(pressed) ? 1 : -1);
    }
  });

  // A click on a heading sorts the rows that are here; without this the heading is a link that the server answers.
  const words = new Intl.Collator('zh-CN');
  const order = (x, y) => Number(x) - Number(y) || words.compare(x, y); // not numbers: NaN, so by words
  const sortBy = (table, heading) => {
    const index = heading.cellIndex;
    const down = heading.getAttribute('aria-sort') !== 'descending';
    const key = (row) => row.cells[index].dataset.sort ?? row.cells[index].textContent.trim();
    const body = table.tBodies[0];
    const compare = (a, b) => {
      const [x, y] = [key(a), key(b)];
      if (x === '' || y === '') return (x === '') - (y === ''); // an empty figure is neither best nor worst: last
      return (down ? -1 : 1) * order(x, y);
    };
    body.append(...[...body.rows].sort(compare));
    all('th[aria-sort]', table).forEach((th) => th.removeAttribute('aria-sort'));
    heading.setAttribute('aria-sort', down ? 'descending' : 'ascending');
  };
  all('table[data-sortable]').forEach((table) => {
    all('thead th a', table).forEach((link) => link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      sortBy(table, link.closest('th'));
    }));
  });

  // A form goes once, however often its button is pressed.
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.method !== 'post') return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = 'yes';
    all('button', form).forEach((button) => button.setAttribute('aria-disabled', 'true'));
  });
  window.addEventListener('pageshow', () => all('form[data-sent]').forEach((form) => {
    delete form.dataset.sent;
    all('button', form).forEach((button) => button.removeAttribute('aria-disabled'));
  }));

  // What rings: told of at once when something new does; the page itself is left as it is, for somebody may be typing.
  const strip = document.querySelector('[data-alarms]');
  const ring = (words, href) => {
    const line = document.createElement('p');
    const link = document.createElement('a');
    line.className = 'notice is-breached';
    link.href = href;
    link.textContent = words;
    line.append(link);
    strip.prepend(line);
  };
  const listen = async () => {
    const answer = await fetch('/api/v1/alarms').catch(() => null);
    if (answer?.status === 401) {
      clearInterval(listening);
      ring('◆ 登录已过期，这里不再报新警报。请重新登录', '/login');
    }
    if (!answer?.ok || !document.contains(strip)) return;
    const known = strip.dataset.alarms.split(' ');
    const fresh = (await answer.json()).items.filter((one) => !known.includes(one.number));
    fresh.forEach((one) => {
      ring(`◆ 新警报：${one.what}：${one.title}`, `/tickets/${one.number}`);
      strip.dataset.alarms += ` ${one.number}`;
    });
  };
  const listening = strip && setInterval(listen, 30000);

  all('[data-print]').forEach((button) => {
    button.hidden = false;
    button.addEventListener('click', () => window.print());
  });
  document.querySelector('.error-summary')?.focus();
})();
