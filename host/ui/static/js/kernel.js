// The console's kernel. Every link and form works without it; with it a page is changed in place, kept fresh while it is
// open, and its small helpers work. Other scripts find what they need in `self.tc`.
(() => {
  'use strict';
  const root = document.documentElement;
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  // The only HTML that is parsed is the server's own, where every value is escaped.
  const policy = self.trustedTypes ? trustedTypes.createPolicy('tc', { createHTML: (text) => text }) : { createHTML: (text) => text };
  const parse = (text) => {
    const page = new DOMParser().parseFromString(policy.createHTML(text), 'text/html');
    // A parsed page does not know that scripts run: what is meant for pages without them would take effect.
    for (const other of page.querySelectorAll('noscript')) other.remove();
    return page;
  };
  const words = (name) => document.body.dataset[`say${name}`] || '';

  // ---- morph: makes `from` like `to` and leaves alone what is alike: focus, scrolling, what was typed, open details ----

  // What belongs to the person at the page, not to the server.
  const own = (element, name) => (name === 'open' && (element.nodeName === 'DETAILS' || element.nodeName === 'DIALOG'))
    || (element.nodeName.includes('-') && ['tabindex', 'role', 'aria-label'].includes(name));
  const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id || '') === (b.id || '');

  function morph(from, to) {
    if (from.isEqualNode(to)) return from;
    if (!alike(from, to)) {
      const fresh = document.importNode(to, true);
      from.replaceWith(fresh);
      return fresh;
    }
    if (from.nodeType !== Node.ELEMENT_NODE) {
      from.nodeValue = to.nodeValue;
      flash(from.parentElement);
      return from;
    }
    attributes(from, to);
    if (!from.hasAttribute('data-keep')) children(from, to);
    return from;
  }

  function attributes(from, to) {
    for (const { name } of [...from.attributes]) {
      if (!to.hasAttribute(name) && !own(from, name)) from.removeAttribute(name);
    }
    for (const { name, value } of to.attributes) {
      if (from.getAttribute(name) !== value && !own(from, name)) from.setAttribute(name, value);
    }
  }

  // Elements with ids keep their identity wherever they move; the others are matched in order.
  function children(from, to) {
    const named = new Map(), plain = [];
    for (const child of from.childNodes) {
      if (!child.id) plain.push(child);
      else if (!named.has(child.id)) named.set(child.id, child);
    }
    let next = 0;
    const matches = [...to.childNodes].map((wanted) => {
      let known;
      if (wanted.id) {
        known = named.get(wanted.id);
        if (known && alike(known, wanted)) named.delete(wanted.id);
        else known = undefined;
      } else {
        const at = plain.findIndex((child, place) => place >= next && alike(child, wanted));
        if (at >= 0) [known, next] = [plain[at], at + 1];
      }
      return { node: known || document.importNode(wanted, true), wanted: known && wanted };
    });
    const stays = new Set(matches.map(({ node }) => node));
    for (const child of [...from.childNodes]) if (!stays.has(child)) child.remove();
    place(from, matches.map(({ node }) => node));
    for (const { node, wanted } of matches) if (wanted) morph(node, wanted);
  }

  // Puts nodes in order, and never moves the one with the focus: that would take the focus away.
  function place(parent, nodes) {
    let at = parent.firstChild;
    for (const node of nodes) {
      if (node !== at && node.parentNode === parent && node.contains(document.activeElement)) {
        while (at !== node) {
          const next = at.nextSibling;
          parent.append(at);
          at = next;
        }
      }
      if (node === at) at = at.nextSibling;
      else parent.insertBefore(node, at);
    }
  }

  function flash(element) {
    if (element && element.isConnected && element.animate && !calm.matches && element.closest('[data-live]')) {
      element.animate([{ backgroundColor: 'rgba(106, 165, 255, .35)' }, { backgroundColor: 'rgba(106, 165, 255, 0)' }], 1000);
    }
  }

  // ---- toasts: what has happened, said once ----

  function toast(text, tone) {
    const place = document.getElementById('toasts');
    if (!place || !text) return;
    const line = document.createElement('p');
    line.className = `notice ${tone || 'ok'}`;
    line.textContent = text;
    place.append(line);
    setTimeout(() => line.remove(), 8000);
  }

  // ---- swap: a link or form changes the page in place; the server answers as it would without ----

  let going = null;

  const assets = (page) => [...page.querySelectorAll('head script[src], head link[rel=stylesheet]')].map((asset) => asset.getAttribute('src') || asset.getAttribute('href')).join();

  async function swap(url, options = {}) {
    const { method = 'GET', body, push = true, scroll = 0 } = options;
    if (going) going.abort();
    const turn = (going = new AbortController());
    const busy = setTimeout(() => root.setAttribute('aria-busy', 'true'), 300);
    try {
      const answer = await fetch(url, { method, body, headers: { 'X-Partial': '#main' }, credentials: 'same-origin', signal: turn.signal });
      const type = answer.headers.get('Content-Type') || '';
      if (!type.startsWith('text/html')) return void location.assign(answer.url);
      const page = parse(await answer.text());
      if (turn !== going) return;
      if (assets(page) !== assets(document)) return void location.assign(answer.url);
      // What was sent and refused stands on the page it was sent from.
      show(page, answer.url, push && (method === 'GET' || answer.redirected), scroll);
    } catch (error) {
      if (error.name === 'AbortError') return;
      if (method === 'GET') location.assign(url);
      else toast(words('Unsent'), 'bad');
    } finally {
      clearTimeout(busy);
      if (turn === going) {
        going = null;
        root.removeAttribute('aria-busy');
      }
    }
  }

  function show(page, url, push, scroll) {
    const here = new URL(url);
    history.replaceState({ y: scrollY }, '');
    if (push && here.href !== location.href) history.pushState({ y: 0 }, '', here);
    document.title = page.title;
    for (const name of ['lang', 'data-theme']) {
      const value = page.documentElement.getAttribute(name);
      if (value === null) root.removeAttribute(name);
      else root.setAttribute(name, value);
    }
    morph(document.body, page.body);
    const target = document.querySelector('main [aria-invalid=true]') || document.querySelector('main h1');
    if (target) {
      if (target.tabIndex < 0) target.setAttribute('tabindex', '-1');
      target.focus({ preventScroll: true });
    }
    const named = here.hash && document.getElementById(decodeURIComponent(here.hash.slice(1)));
    if (named) named.scrollIntoView();
    else if (target && target.matches('[aria-invalid=true]')) target.scrollIntoView({ block: 'center' });
    else scrollTo(0, scroll);
    follow();
    document.dispatchEvent(new CustomEvent('tc:page'));
  }

  const swaps = (element) => {
    const around = element.closest('[data-swap]');
    return around && around.dataset.swap !== 'off';
  };

  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href]');
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (link.origin !== location.origin || link.target || link.hasAttribute('download') || !swaps(link)) return;
    // A place on this page, or a table that is saved.
    if (link.hash && link.href.split('#')[0] === location.href.split('#')[0]) return;
    if (/\/(csv|template)$/.test(link.pathname)) return;
    event.preventDefault();
    swap(link.href);
  });

  document.addEventListener('submit', (event) => {
    const form = event.target, pressed = event.submitter;
    if (event.defaultPrevented || form.target || !swaps(form)) return;
    const to = new URL((pressed && pressed.getAttribute('formaction')) || form.getAttribute('action') || location.href, location.href);
    if (to.origin !== location.origin || form.method === 'dialog') return;
    event.preventDefault();
    const data = new FormData(form);
    if (pressed && pressed.name) data.append(pressed.name, pressed.value);
    const dialog = form.closest('dialog');
    if (dialog) dialog.close();
    const menu = form.closest('details[data-menu]');
    if (menu) menu.open = false;
    if (form.method === 'post') {
      swap(to, { method: 'POST', body: form.enctype === 'multipart/form-data' ? data : new URLSearchParams(data) });
    } else {
      to.search = new URLSearchParams(data);
      swap(to);
    }
  });

  addEventListener('popstate', ({ state }) => swap(location.href, { push: false, scroll: state ? state.y : 0 }));

  // ---- feed: the page is kept fresh while somebody sees it ----

  const STALE_MS = 15000, RETRY_MS = 5000;
  let source = null, shown = '', heard = Date.now(), fed = null, outdated = '';

  const region = () => document.querySelector('[data-live]');
  const kiosk = () => document.querySelector('[data-kiosk]') !== null;

  function follow() {
    close();
    fed = region();
    shown = fed ? fed.dataset.seen || '' : '';
    alive();
    open();
  }

  function open() {
    if (source || !fed || !self.EventSource || (document.hidden && !kiosk())) return;
    const mark = fed.dataset.live.includes('?') ? '&' : '?';
    source = new EventSource(`${fed.dataset.live}${mark}_seen=${shown}`);
    source.addEventListener('build', ({ data }) => renew(data));
    source.addEventListener('patch', patch);
    source.addEventListener('page', () => swapRegion());
    source.addEventListener('beat', () => { alive(); if (outdated) renew(outdated); });
    source.addEventListener('error', () => {
      // The browser tries again by itself unless the server refused; then the page asks for itself, and is shown why.
      if (!source || source.readyState !== EventSource.CLOSED) return;
      source = null;
      setTimeout(() => (source ? 0 : refused()), RETRY_MS);
    });
  }

  function close() {
    if (source) source.close();
    source = null;
  }

  // What was typed is not thrown away for a newer page.
  const typed = () => [...document.querySelectorAll('main input, main textarea, main select')].some((field) => {
    if (field.type === 'hidden' || field.closest('form[method=get], form:not([method])')) return false;
    if (field.type === 'checkbox' || field.type === 'radio') return field.checked !== field.defaultChecked;
    if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected) && field.selectedIndex > 0;
    return field.value !== field.defaultValue;
  });

  function renew(build) {
    alive();
    outdated = fed && build !== fed.dataset.build ? build : '';
    if (!outdated || typed()) return;
    close();
    location.reload();
  }

  async function refused() {
    const answer = await fetch(location.href, { method: 'GET', headers: { 'X-Partial': '#live' }, credentials: 'same-origin' }).catch(() => null);
    if (answer && (answer.redirected || !answer.ok) && !typed()) location.reload();
    else open();
  }

  async function swapRegion() {
    const answer = await fetch(location.href, { headers: { 'X-Partial': '#live' }, credentials: 'same-origin' }).catch(() => null);
    const page = answer && answer.ok && !answer.redirected && parse(await answer.text());
    const fresh = page && page.querySelector('[data-live]');
    if (!fresh || !fed || !fed.isConnected) return;
    morph(fed, fresh);
    shown = fed.dataset.seen || '';
    alive();
  }

  function patch(event) {
    const page = parse(event.data);
    for (const part of [...page.body.children]) {
      const old = part.id && document.getElementById(part.id);
      if (old && fed.contains(old)) morph(old, part);
    }
    shown = event.lastEventId;
    alive();
    document.dispatchEvent(new CustomEvent('tc:patch', { detail: { at: event.timeStamp } }));
  }

  function alive() {
    heard = Date.now();
    const banner = document.getElementById('stale');
    if (banner) banner.hidden = true;
    if (fed) fed.classList.remove('stale');
    document.dispatchEvent(new CustomEvent('tc:heard'));
  }

  // The banner: values are old when nothing was heard for a while.
  setInterval(() => {
    const banner = document.getElementById('stale');
    if (!fed || !banner || (document.hidden && !kiosk()) || Date.now() - heard < STALE_MS || !banner.hidden) return;
    banner.dataset.text = banner.dataset.text || banner.textContent;
    banner.textContent = banner.dataset.text.replace(banner.dataset.mark, (document.querySelector('[data-heard]')?.textContent || new Date(heard).toTimeString()).slice(0, 5));
    banner.hidden = false;
    fed.classList.add('stale');
  }, 1000);

  // A hidden page holds no connection: a browser has six for all its tabs. A big screen is never hidden.
  document.addEventListener('visibilitychange', () => (document.hidden && !kiosk() ? close() : open()));
  addEventListener('pagehide', close);
  addEventListener('pageshow', open);

  // ---- dialogs: what is asked before something grave; without this the question opens in place ----

  let opener = null;

  function dialog(fill) {
    const box = document.createElement('dialog');
    fill(box);
    opener = document.activeElement;
    box.addEventListener('close', () => {
      box.remove();
      if (opener && opener.isConnected) opener.focus();
    });
    document.body.append(box);
    box.showModal();
    return box;
  }

  function button(text, press) {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = text;
    made.addEventListener('click', press);
    return made;
  }

  document.addEventListener('click', (event) => {
    const summary = event.target.closest('details[data-cancel] > summary');
    if (!summary || !self.HTMLDialogElement) return;
    event.preventDefault();
    dialog((box) => {
      for (const part of summary.parentElement.children) if (part !== summary) box.append(part.cloneNode(true));
      const question = box.querySelector('p');
      if (question) {
        question.id = 'asked';
        box.setAttribute('aria-labelledby', 'asked');
      }
      const cancel = button(summary.parentElement.dataset.cancel, () => box.close());
      cancel.autofocus = true;
      box.append(cancel);
    });
  });

  // ---- copy, print ----

  async function copy(text) {
    // Over plain HTTP there is no clipboard, only the old command.
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'hidden';
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    if (!done) throw new Error('copy');
  }

  document.addEventListener('click', ({ target }) => {
    if (target.closest('[data-print]')) print();
    const source = target.closest('[data-copy]');
    if (source) copy(source.dataset.copy).then(() => toast(words('Copied')), () => toast(words('NotCopied'), 'bad'));
  });

  // ---- palette: every place and act of this page, by typing ----

  function palette() {
    if (document.querySelector('dialog[open]')) return;
    const seen = new Set(), entries = [];
    for (const link of document.querySelectorAll('nav a[href], main a[href]')) {
      const copy = link.cloneNode(true);
      for (const hidden of copy.querySelectorAll('[aria-hidden=true]')) hidden.remove();
      const text = copy.textContent.trim().replace(/\s+/g, ' ');
      if (!text || seen.has(link.href) || link.hash) continue;
      seen.add(link.href);
      entries.push({ text, go: () => link.click() });
    }
    for (const summary of document.querySelectorAll('main details[data-cancel] > summary')) entries.push({ text: summary.textContent.trim(), go: () => summary.click() });
    dialog((box) => {
      box.className = 'palette';
      box.setAttribute('aria-label', words('Palette'));
      const input = document.createElement('input'), list = document.createElement('ul');
      input.type = 'search';
      for (const [name, value] of [['role', 'combobox'], ['aria-expanded', 'true'], ['aria-controls', 'palette'], ['aria-label', words('Palette')], ['autocomplete', 'off'], ['placeholder', words('Palette')]]) input.setAttribute(name, value);
      list.id = 'palette';
      list.setAttribute('role', 'listbox');
      let found = [], at = 0;
      const choose = (entry) => { opener = null; box.close(); entry.go(); };
      const draw = () => {
        const asked = input.value.trim().toLowerCase();
        found = entries.filter((entry) => entry.text.toLowerCase().includes(asked)).slice(0, 12);
        at = Math.max(0, Math.min(at, found.length - 1));
        list.replaceChildren(...found.map((entry, place) => {
          const line = document.createElement('li');
          line.id = `palette-${place}`;
          line.setAttribute('role', 'option');
          line.setAttribute('aria-selected', place === at);
          line.textContent = entry.text;
          line.addEventListener('click', () => choose(entry));
          return line;
        }));
        input.setAttribute('aria-activedescendant', found.length ? `palette-${at}` : '');
      };
      input.addEventListener('input', () => { at = 0; draw(); });
      input.addEventListener('keydown', (event) => {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step) at += step;
        else if (event.key === 'Enter' && !event.isComposing && found[at]) return event.preventDefault(), choose(found[at]);
        else return;
        event.preventDefault();
        draw();
      });
      draw();
      box.append(input, list);
    });
  }

  document.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k' && words('Palette')) {
      event.preventDefault();
      palette();
    }
  });
  document.addEventListener('click', ({ target }) => target.closest('[data-palette]') && palette());

  self.tc = Object.freeze({ morph, swap, toast, parse, dialog, button, words });
  follow();
  root.dataset.ready = 'true';
})();
