// What must hold of any page at any width and theme: a list of sentences, empty when all is well.
// Called as a function with the density's least target size in pixels.
(leastTarget, deep) => {
  'use strict';
  const wrong = [];
  const say = (what, element) => wrong.length < 12 && wrong.push(what + (element ? ': ' + name(element) : ''));
  const name = (element) => {
    const own = (element.getAttribute('aria-label') || element.textContent || element.name || '').trim().replace(/\s+/g, ' ').slice(0, 50);
    const parent = element.parentElement ? element.parentElement.tagName.toLowerCase() + '.' + element.parentElement.className + ' > ' : '';
    return `${parent}${element.tagName.toLowerCase()}.${typeof element.className === 'string' ? element.className : ''} "${own}"`;
  };
  const all = (selector) => [...document.querySelectorAll(selector)];
  const box = (element) => element.getBoundingClientRect();
  const style = (element) => getComputedStyle(element);
  const hidden = (element) => {
    const { width, height } = box(element);
    return width <= 1 || height <= 1 || style(element).visibility === 'hidden' || !!element.closest('[inert], [hidden], details:not([open]) > :not(summary)');
  };
  const shown = (selector) => all(selector).filter((element) => !hidden(element));

  // One heading of the first order, a title, a language.
  if (all('h1').length !== 1) say(`${all('h1').length} h1`);
  if (!document.title.trim() || !document.documentElement.lang) say('no title or no language');
  if (document.body.innerText.includes('⟦')) say('a text is missing: ' + document.body.innerText.match(/⟦[^⟧]*⟧/));

  if (!document.body.classList.contains('board')) {
    const marks = shown('p, li, td, dd, label, span, h2, h3, legend').find((element) => !element.closest('code, pre, kbd') && [...element.childNodes].some((node) => node.nodeType === 3 && node.nodeValue.includes('`')));
    if (marks) say('a mark of code on a page', marks);
  }

  // Nothing sticks out, nothing is cut off.
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) {
    const wide = shown('body *').filter((element) => {
      for (let up = element; up && up !== page; up = up.parentElement) if (/auto|scroll|hidden|clip/.test(style(up).overflowX) || style(up).position === 'fixed') return false;
      return box(element).right > page.clientWidth + 1;
    });
    say(`wider than the window by ${page.scrollWidth - page.clientWidth}`, wide[0] || document.body);
  }
  for (const element of shown('body *')) {
    const css = style(element);
    const cuts = /hidden|clip/.test(css.overflowX) && css.textOverflow !== 'ellipsis' && css.clipPath === 'none' && !element.closest('svg');
    if (cuts && element.scrollWidth > element.clientWidth + 1 && element.innerText.trim()) say('text is cut off', element);
    if (css.textOverflow === 'ellipsis' && element.scrollWidth > element.clientWidth + 1 && !element.title && !element.closest('[title]')) say('shortened text without the whole of it', element);
  }

  // Whatever can be used has a name and is large enough to hit; links in running text may be as high as their line.
  for (const control of shown('input:not([type=hidden]), select, textarea')) {
    const named = control.labels?.length || control.getAttribute('aria-label') || control.getAttribute('aria-labelledby') || control.title;
    if (!named) say('a control without a name', control);
  }
  for (const target of shown('a[href], button, input:not([type=hidden]), select, textarea, summary')) {
    if (!(target.textContent.trim() || target.getAttribute('aria-label') || target.title || target.labels?.length || target.querySelector('img[alt], svg'))) say('nothing to read on it', target);
    const inText = target.tagName === 'A' && style(target).display === 'inline';
    const label = target.labels?.[0] && box(target.labels[0]);
    const height = Math.max(box(target).height, label && target.type === 'checkbox' ? label.height : 0);
    const least = /^(checkbox|radio)$/.test(target.type) ? 24 : leastTarget;
    if (!inText && (height < least - 0.5 || box(target).width < 23.5)) say(`a target of ${Math.round(box(target).width)}×${Math.round(height)}`, target);
  }
  if (all('[tabindex]').some((element) => element.tabIndex > 0)) say('an order of its own for the Tab key');
  // A row's stripe stands beside its letters, not on them.
  for (const cell of shown('td:first-child')) if (style(cell).boxShadow.includes('inset') && parseFloat(style(cell).paddingLeft) < 6) say('a stripe on letters', cell);
  for (const table of shown('table')) if (!table.caption && !table.getAttribute('aria-label')) say('a table without a name', table);

  // Letters stand out from what is behind them (WCAG 1.4.3).
  const parse = (color) => {
    const [r, g, b, a = 1] = (color.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
    return { r, g, b, a };
  };
  const over = (top, under) => ({ r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a), b: top.b * top.a + under.b * (1 - top.a), a: 1 });
  const light = ({ r, g, b }) => {
    const line = (value) => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    return 0.2126 * line(r) + 0.7152 * line(g) + 0.0722 * line(b);
  };
  const ground = (element) => {
    const layers = [];
    for (let up = element; up; up = up.parentElement) {
      const color = parse(style(up).backgroundColor);
      if (color.a > 0) layers.push(color);
      if (color.a === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), parse(style(document.body).backgroundColor));
  };
  const seen = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.nodeValue.trim() || seen.has(element) || hidden(element) || element.closest('svg, option, [disabled], .stale')) continue;
    seen.add(element);
    const css = style(element), behind = ground(element), front = over(parse(css.color), behind);
    const [a, b] = [light(front), light(behind)].sort((x, y) => y - x);
    const large = parseFloat(css.fontSize) >= 24 || (parseFloat(css.fontSize) >= 18.66 && css.fontWeight >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) say(`contrast ${ratio.toFixed(2)}`, element);
    // Sizes in parts of the window's width come out as dots on a telephone.
    if (parseFloat(css.fontSize) < (document.body.classList.contains('board') ? 12 : 9.5)) say(`letters of ${css.fontSize}`, element);
    // Squeezed beside something until a line holds one word. What stands below bars is in their table, too.
    const text = document.createRange();
    text.selectNodeContents(walker.currentNode);
    if (box(element).width < 120 && text.getClientRects().length > 6 && !element.closest('.bottom')) say('a column of single words', element);
  }

  // Words of the other language on what the console itself names.
  const chinese = /[\u4e00-\u9fff]/;
  if (deep) {
    const spoken = shown('button, label, legend, summary, caption, h2').filter((element) => !element.closest('[lang]:not(html)') && !element.closest('[data-said]'));
    for (const element of spoken) {
      const text = element.innerText.trim();
      if (page.lang === 'en' && element.matches('button, legend') && chinese.test(text)) say('Chinese on an English page', element);
      if (page.lang !== 'en' && /[a-z]{4,}/.test(text) && !chinese.test(text)) say('English on a Chinese page', element);
    }
    // What has the focus is not covered (WCAG 2.4.11).
    const scroll = [scrollX, scrollY], rail = document.querySelector('.rail'), turned = rail && [rail.scrollLeft, rail.scrollTop];
    for (const element of shown('a[href], button, input:not([type=hidden]), select, textarea, summary').slice(0, 120)) {
      element.focus();
      // As the Tab key does; a script's focus leaves the bar of a short page where it is.
      element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      const { left, top, right, bottom } = box(element);
      const [x0, x1, y0, y1] = [Math.max(left, 0), Math.min(right, innerWidth), Math.max(top, 0), Math.min(bottom, innerHeight)];
      if (x1 - x0 < 4 || y1 - y0 < 4) {
        if (document.activeElement === element && style(element).position !== 'absolute') say('has the focus out of sight', element);
        continue;
      }
      // The middle of what is in the window: a part of it may be covered, not all.
      const x = (x0 + x1) / 2, y = y0 + Math.min((y1 - y0) / 2, 20);
      const hit = document.elementFromPoint(x, y);
      if (hit && !element.contains(hit) && !hit.contains(element) && ![...(element.labels || [])].some((label) => label.contains(hit))) say('has the focus under something', element);
    }
    document.activeElement?.blur?.();
    scrollTo(...scroll);
    rail?.scrollTo(...turned);
  }
  return wrong;
}
