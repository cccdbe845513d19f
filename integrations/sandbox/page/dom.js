// Building what is on the page: every word from outside becomes a text node, never markup.

/** One element: attributes by name, `on…` as listeners, `style` as an object; children are nodes, words or nothing. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(node, name, value);
  node.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "style") Object.assign(node.style, value);
  else if (name === "value") node.value = value;
  else node.setAttribute(name, value === true ? "" : String(value));
}

/** A link only where the address is one a person may follow; anything else stays words. */
export function link(url, words) {
  const safe = /^(https?:|mailto:)/i.test(url);
  return safe ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, words) : h("span", {}, words);
}

/** Puts `nodes` into `parent`, keeping those that are already there under the same key and fingerprint. */
export function settle(parent, wanted) {
  const there = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let place = parent.firstElementChild;
  for (const { key, print, draw } of wanted) {
    let node = there.get(key);
    if (!node || node.dataset.print !== print) {
      const fresh = draw();
      fresh.dataset.key = key;
      fresh.dataset.print = print;
      if (node) {
        if (place === node) place = fresh;
        node.replaceWith(fresh);
      }
      node = fresh;
    }
    there.delete(key);
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  for (const node of there.values()) node.remove();
}

export function initials(name) {
  const words = name.replace(/\(.*\)/, "").trim().split(/\s+/);
  return (words[0][0] + (words.length > 1 ? words[words.length - 1][0] : "")).toUpperCase();
}

const SHADES = ["#0b5c8a", "#7a4b00", "#00684d", "#8a3a5e", "#4a4f8f", "#8c3b00", "#2f6270", "#5f5a1b"];

/** Somebody's initials in a square; the colour follows from the id, so that it never changes. */
export function avatar(user, small = false) {
  let sum = 0;
  for (const letter of user?.id ?? "") sum = (sum * 31 + letter.charCodeAt(0)) % 997;
  const bot = user?.is_bot;
  return h(
    "span",
    {
      class: `avatar${small ? " small" : ""}${bot ? " bot" : ""}`,
      "aria-hidden": "true",
      style: bot ? {} : { background: SHADES[sum % SHADES.length] },
    },
    bot ? "✓" : initials(user?.real_name ?? user?.name ?? "?"),
  );
}
