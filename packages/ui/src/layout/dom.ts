/** The one element that matches; the markup of the page must have it. */
export function find<E extends Element = HTMLElement>(selector: string, inside: ParentNode = document): E {
  const element = inside.querySelector<E>(selector);
  if (element === null) throw new Error(`no element matches ${selector}`);
  return element;
}

/** Writes only changes: an unchanged node keeps a screen reader's place and costs no layout. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Creates an element with attributes and text (never markup). */
export function createElement<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
