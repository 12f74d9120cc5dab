type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;
type Child = Node | string | null | undefined;

/**
 * Makes an HTML element. Text children become text nodes, never markup, so names out of a user's file cannot inject anything.
 * `true` sets an empty attribute; `false`, null and undefined leave it out. There is no `style`: the panels' content security
 * policy forbids style attributes (`element.style` through the object model is allowed).
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  setAttributes(node, attributes);
  append(node, children);
  return node;
}

export function svgElement<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(node, attributes);
  append(node, children);
  return node;
}

/** Writes only on change: an equal write would make screen readers announce live regions again. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

function setAttributes(node: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
}

function append(node: Element, children: readonly Child[]): void {
  for (const child of children) if (child !== null && child !== undefined) node.append(child);
}
