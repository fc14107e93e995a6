// Terminals: keeps what cannot be sent, catches scanners that type, taps digits, and asks who is there after a while.
(() => {
  'use strict';
  const bar = document.querySelector('[data-station]');
  const field = (name) => document.querySelector(`[name="${name}"]`);

  // Digits: buttons that add to a number, and a keypad for the one touched last.
  let touched = document.querySelector('[data-count]');
  const number = (text) => (/^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : 0);
  document.addEventListener('focusin', ({ target }) => { if (target.matches('[data-count]')) touched = target; });
  document.addEventListener('click', ({ target }) => {
    const add = target.closest('[data-add]'), digit = target.closest('[data-digit]');
    if (add) {
      touched = add.parentElement.querySelector('[data-count]');
      touched.value = String(Math.round((number(touched.value) + Number(add.dataset.add)) * 1e6) / 1e6);
    } else if (digit && touched) {
      const key = digit.dataset.digit, text = touched.value;
      touched.value = key === 'clear' ? '' : key === 'back' ? text.slice(0, -1) : text === '0' ? key : text + key;
    }
  });
  document.addEventListener('change', ({ target }) => target.matches('[data-send]') && target.form.requestSubmit());
  if (!bar) return;
  const base = bar.dataset.station, queue = document.getElementById('queue');
  // Tablets' clocks are wrong: the host's time is known from when the page was drawn.
  const ahead = Number(bar.dataset.drawn) / 1000 - Date.now();
  const part = (name) => queue.querySelector(`[data-part="${name}"]`);
  const say = (name, on = true) => { part(name).hidden = !on; if (on) queue.hidden = false; };

  // What waits, in the order it was pressed. `refused` holds the server's answer to what it will not take.
  const KEPT = 'tc-kept', MOST = Number(queue.dataset.most), EVERY_MS = 5000, PATIENCE_MS = 8000;
  const kept = () => { try { return JSON.parse(localStorage.getItem(KEPT)) || []; } catch { return []; } };
  const keep = (all) => { localStorage.setItem(KEPT, JSON.stringify(all)); show(); };
  const change = (id, to) => keep(kept().flatMap((item) => (item.id !== id ? [item] : to ? [{ ...item, ...to }] : [])));

  function show() {
    const all = kept(), waiting = all.filter((item) => !item.refused), refused = all.filter((item) => item.refused);
    part('waiting').querySelector('strong').textContent = queue.dataset.waiting.replace('#', waiting.length);
    say('waiting', waiting.length > 0);
    say('refused', refused.length > 0);
    const list = part('refused').querySelector('ul'), one = part('refused').querySelector('template').content;
    list.replaceChildren(...refused.map((item) => {
      const line = one.cloneNode(true).firstElementChild;
      line.querySelector('p').textContent = `${item.what} · ${new Date(item.at).toTimeString().slice(0, 5)} · ${item.refused}`;
      line.querySelector('[data-again]').onclick = () => { change(item.id, { refused: '' }); flush(); };
      const drop = line.querySelector('[data-drop]');
      drop.onclick = () => confirm(drop.dataset.sure) && change(item.id, null);
      return line;
    }));
  }

  const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

  // One answer of the server; nothing when there is no line or the server is not well.
  async function send(item) {
    try {
      const answer = await fetch(item.to, { method: 'POST', body: new URLSearchParams(item.pairs), credentials: 'same-origin', signal: AbortSignal.timeout(PATIENCE_MS) });
      if (!(answer.headers.get('content-type') || '').includes('json')) return null;
      if (answer.status >= 500 || answer.status === 429) return null;
      return { status: answer.status, told: await answer.json() };
    } catch {
      return null;
    }
  }

  // Sends what waits, one after another; `now` is the one somebody waits for.
  let flushing = false;
  async function flush(now) {
    if (flushing) return;
    flushing = true;
    try {
      for (;;) {
        const item = kept().find((item) => !item.refused);
        if (!item) return;
        const answer = await send(item);
        if (!answer) return;
        if (answer.status === 401) { say('lost'); return; }
        if (answer.status < 300) {
          change(item.id, null);
          say('kept', false);
          if (item.id === now && kept().length === 0) location.assign(answer.told.go);
        } else if (item.id === now && live) {
          // Somebody stands in front of it: the page itself says what is wrong, with what was typed.
          change(item.id, null);
          live.submit();
          return;
        } else {
          change(item.id, { refused: [answer.told.title, answer.told.detail].filter(Boolean).join(': ') || String(answer.status) });
        }
      }
    } finally {
      flushing = false;
    }
  }

  let live = null;
  document.addEventListener('submit', async (event) => {
    const form = event.target;
    if (!form.matches('form.press') || event.defaultPrevented) return;
    event.preventDefault();
    if (kept().length >= MOST) { say('full'); return; }
    const pairs = [...new FormData(form, event.submitter)].filter(([, value]) => typeof value === 'string');
    const key = random(), what = document.querySelector('h1').textContent + (event.submitter ? ` · ${event.submitter.textContent.trim()}` : '');
    const item = { id: key, to: form.action, at: Date.now(), what, pairs: pairs.map(([name, value]) => (name === '_key' ? [name, key] : [name, value])) };
    item.pairs.push(['_pressed', String(Math.round(item.at + ahead))]);
    try {
      keep([...kept(), item]);
    } catch {
      say('full');
      return;
    }
    live = form;
    document.body.setAttribute('aria-busy', 'true');
    await flush(key);
    document.body.removeAttribute('aria-busy');
    live = null;
    if (kept().some((left) => left.id === key && !left.refused)) {
      // No line: it is kept, and the page is ready for the next one.
      for (const input of form.querySelectorAll('[data-count]')) input.value = '';
      for (const input of form.querySelectorAll('[type=radio]')) input.checked = input.defaultChecked;
      say('kept');
    }
  });
  addEventListener('online', () => flush());
  setInterval(() => flush(), EVERY_MS);

  // Links need a line; without one they say so instead of losing the page.
  const reached = () => fetch(`${base}/beat`, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS / 2) }).then(() => true, () => false);
  async function go(address) {
    if (await reached()) location.assign(address);
    else say('offline');
  }
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="/"]');
    if (!link || event.defaultPrevented) return;
    event.preventDefault();
    go(link.getAttribute('href'));
  });

  // A scanner types faster than anybody and ends with Enter.
  const GAP_MS = 50, LEAST = 3;
  let typed = '', last = 0, before = null;
  document.addEventListener('keydown', (event) => {
    if (event.isComposing || event.keyCode === 229) {
      if (event.timeStamp - last < GAP_MS) say('ime');
      last = event.timeStamp;
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const quick = event.timeStamp - last < GAP_MS;
    if (event.key === 'Enter') {
      const code = typed;
      typed = '';
      if (quick && code.length >= LEAST) {
        event.preventDefault();
        event.stopPropagation();
        if (before) before.input.value = before.text;
        scanned(code);
      }
    } else if (event.key.length === 1) {
      if (!quick) {
        typed = '';
        const input = document.activeElement;
        before = input && 'value' in input && input.matches('input, textarea') ? { input, text: input.value } : null;
      }
      typed += event.key;
      last = event.timeStamp;
    }
  }, true);

  async function scanned(code) {
    const badge = document.querySelector('[data-badge]');
    if (badge) {
      badge.value = code;
      badge.form.requestSubmit();
      return;
    }
    if (await reached()) {
      location.assign(`${base}/scan?code=${encodeURIComponent(code)}`);
      return;
    }
    // Without a line the page that is open takes the code, where it has a place for it.
    const here = document.querySelector('[data-scanned]'), input = here && field(here.dataset.scanned);
    const [head, tail] = here ? here.dataset.pattern.split('*') : ['', ''];
    if (input && code.startsWith(head) && code.endsWith(tail)) input.value = code.slice(head.length, code.length - tail.length);
    else say('offline');
  }

  // The way back goes after its seconds; whoever leaves the terminal is asked for again.
  const left = document.querySelector('[data-left]');
  if (left) {
    const tick = setInterval(() => {
      const seconds = Number(left.textContent) - 1;
      left.textContent = String(seconds);
      if (seconds > 0) return;
      clearInterval(tick);
      left.closest('[data-undo]').remove();
    }, 1000);
  }
  let used = Date.now();
  for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, () => { used = Date.now(); }, true);
  if (bar.dataset.worker) {
    setInterval(() => {
      if (Date.now() - used > Number(bar.dataset.idle) * 1000) reached().then((there) => there && location.assign(base));
    }, EVERY_MS);
  }
  show();
  flush();
})();
