// Random trees for the kernel's morph: the same seed makes the same trees.
self.trees = (() => {
  const TAGS = ['div', 'p', 'span', 'ul', 'li', 'section', 'strong', 'input', 'button'];
  const ATTRIBUTES = ['class', 'title', 'data-x', 'aria-label', 'href'];

  function dice(seed) {
    let state = (seed * 2654435761) >>> 0 || 1;
    return (below) => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % below;
    };
  }

  const made = { nodes: 0 };

  function tree(roll, depth, ids) {
    const element = document.createElement(TAGS[roll(TAGS.length)]);
    made.nodes += 1;
    if (roll(3) === 0) {
      const id = `i${roll(12)}`;
      // An id stands once in a page.
      if (!ids.has(id)) {
        ids.add(id);
        element.id = id;
      }
    }
    for (let count = roll(3); count > 0; count -= 1) element.setAttribute(ATTRIBUTES[roll(ATTRIBUTES.length)], `v${roll(4)}`);
    if (element.nodeName === 'INPUT') return element;
    let last = '';
    for (let count = depth > 0 ? roll(5) : 0; count > 0; count -= 1) {
      const kind = last === 'text' ? 1 : roll(4);
      if (kind === 0) element.append(`t${roll(5)}`);
      else if (kind === 3 && roll(4) === 0) element.append(document.createComment(`c${roll(3)}`));
      else element.append(tree(roll, depth - 1, ids));
      last = kind === 0 ? 'text' : '';
    }
    return element;
  }

  // Seeds whose first tree did not become the second.
  function unlike(from, until) {
    const wrong = [];
    for (let seed = from; seed < until && wrong.length < 3; seed += 1) {
      const roll = dice(seed + 1), holder = document.createElement('main');
      document.body.replaceChildren(holder);
      const before = tree(roll, 4, new Set()), after = tree(roll, 4, new Set());
      const [was, wanted] = [before.outerHTML, after.outerHTML];
      holder.append(before);
      tc.morph(before, after);
      if (holder.childNodes.length !== 1 || !holder.firstChild.isEqualNode(after)) wrong.push({ seed, was, wanted, is: holder.innerHTML });
      else if (after.outerHTML !== wanted) wrong.push({ seed, wanted, became: after.outerHTML });
    }
    return wrong;
  }

  function shuffled(roll, list) {
    const rest = [...list], out = [];
    while (rest.length) out.push(...rest.splice(roll(rest.length), 1));
    return out;
  }

  const row = (id) => `<li id="r${id}"><label>n${id}<input id="f${id}" value="v"></label></li>`;

  // Seeds after which a field that was typed in is not the one it was.
  function restless(from, until) {
    const wrong = [];
    for (let seed = from; seed < until; seed += 1) {
      const roll = dice(seed + 1), all = [0, 1, 2, 3, 4, 5, 6, 7], kept = all[roll(8)];
      document.body.replaceChildren();
      tc.morph(document.body, tc.parse(`<main><ul>${shuffled(roll, all).map(row).join('')}</ul></main>`).body);
      const field = document.getElementById(`f${kept}`);
      field.focus();
      field.value = 'typed';
      field.setSelectionRange(2, 4);
      const others = shuffled(roll, all.filter((id) => id === kept || roll(3) > 0));
      const after = `<main><ul>${others.map((id) => row(id).replace('"v"', '"w"')).join('')}</ul></main>`;
      tc.morph(document.body, tc.parse(after).body);
      const order = [...document.querySelectorAll('li')].map((item) => item.id).join();
      const held = document.activeElement === field && field.value === 'typed' && field.selectionStart === 2 && field.selectionEnd === 4;
      if (!held || order !== others.map((id) => `r${id}`).join()) wrong.push({ seed, held, order, active: document.activeElement.outerHTML });
    }
    return wrong;
  }

  return Object.assign(made, { unlike, restless });
})();
