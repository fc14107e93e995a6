// The console's kernel: keeps the `#live` part of a page fresh. Everything else works without it.
(() => {
  'use strict';
  const live = document.getElementById('live');
  document.documentElement.dataset.ready = 'true';
  document.addEventListener('click', ({ target }) => target.closest('[data-print]') && print());
  if (!live || !live.dataset.live || !self.EventSource) return;

  const STALE_MS = 15000, SETTLE_MS = 250, RETRY_MS = 5000;
  // The only HTML that is parsed is the server's own page, where every value is escaped.
  const policy = self.trustedTypes ? trustedTypes.createPolicy('tc', { createHTML: (text) => text }) : { createHTML: (text) => text };
  const parse = (text) => new DOMParser().parseFromString(policy.createHTML(text), 'text/html');
  const calm = matchMedia('(prefers-reduced-motion: reduce)');

  // Makes `from` like `to` and leaves alone what is alike: focus, scrolling and open details stay.
  function morph(from, to) {
    if (from.isEqualNode(to)) return;
    if (from.nodeType !== to.nodeType || from.nodeName !== to.nodeName || (from.id || '') !== (to.id || '')) {
      from.replaceWith(document.importNode(to, true));
      return;
    }
    if (from.nodeType !== Node.ELEMENT_NODE) {
      from.nodeValue = to.nodeValue;
      flash(from.parentElement);
      return;
    }
    attributes(from, to);
    children(from, to);
  }

  function attributes(from, to) {
    for (const { name } of [...from.attributes]) {
      if (!to.hasAttribute(name) && !(name === 'open' && from.nodeName === 'DETAILS')) from.removeAttribute(name);
    }
    for (const { name, value } of to.attributes) {
      if (from.getAttribute(name) !== value) from.setAttribute(name, value);
    }
  }

  function children(from, to) {
    const named = new Map([...from.children].filter((child) => child.id).map((child) => [child.id, child]));
    let at = from.firstChild;
    for (const wanted of [...to.childNodes]) {
      const known = wanted.id && named.get(wanted.id);
      if (known && known !== at) {
        from.insertBefore(known, at);
        at = known;
      }
      if (!at || (!known && at.id && at.id !== (wanted.id || ''))) {
        from.insertBefore(document.importNode(wanted, true), at);
        continue;
      }
      const next = at.nextSibling;
      morph(at, wanted);
      at = next;
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
  }

  function flash(element) {
    if (element && element.animate && !calm.matches) {
      element.animate([{ backgroundColor: 'rgba(106, 165, 255, .35)' }, { backgroundColor: 'rgba(106, 165, 255, 0)' }], 1000);
    }
  }

  // The banner: values are old when nothing was heard for a while.
  const banner = document.getElementById('stale');
  const text = banner.textContent, mark = banner.dataset.mark;
  let heard = Date.now();

  function alive() {
    heard = Date.now();
    banner.hidden = true;
    live.classList.remove('stale');
    document.dispatchEvent(new CustomEvent('tc:heard'));
  }

  setInterval(() => {
    if (document.hidden || Date.now() - heard < STALE_MS || !banner.hidden) return;
    const since = new Date(heard).toTimeString().slice(0, 5);
    banner.textContent = text.replace(mark, since);
    banner.hidden = false;
    live.classList.add('stale');
  }, 1000);

  // One question at a time; what comes meanwhile is one more question after it.
  let asking = false, again = false, timer = 0;

  async function refresh() {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const answer = await fetch(location.href, { headers: { 'X-Partial': 'live' }, credentials: 'same-origin' });
      if (answer.redirected) return location.reload();
      const fresh = answer.ok && parse(await answer.text()).getElementById('live');
      if (fresh) {
        morph(live, fresh);
        alive();
      }
    } catch {
      // The line is down: the banner says so.
    } finally {
      asking = false;
      if (again) {
        again = false;
        soon();
      }
    }
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(refresh, SETTLE_MS);
  }

  // A hidden page holds no connection: a browser has six for all its tabs.
  let source = null;

  function open() {
    if (source || document.hidden) return;
    source = new EventSource(live.dataset.live);
    source.addEventListener('change', soon);
    source.addEventListener('beat', soon);
    source.addEventListener('error', () => {
      // The browser tries again by itself unless the server refused; then the page asks, and is shown the way to sign in.
      if (!source || source.readyState !== EventSource.CLOSED) return;
      source = null;
      setTimeout(() => { refresh(); open(); }, RETRY_MS);
    });
  }

  function close() {
    if (source) source.close();
    source = null;
  }

  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
  addEventListener('pagehide', close);
  addEventListener('pageshow', open);
  open();
})();
