/** Copies text to the clipboard and shows on the button whether that worked. */
export async function copyText(text: string, button: HTMLElement): Promise<void> {
  const label = button.textContent;
  const copied = await write(text).catch(() => false);
  button.textContent = copied ? "Copied" : "Copy failed";
  setTimeout(() => {
    button.textContent = label;
  }, 1_500);
}

async function write(text: string): Promise<boolean> {
  if (navigator.clipboard !== undefined) {
    await navigator.clipboard.writeText(text);
    return true;
  }
  // Over plain HTTP, except on localhost, browsers have no `navigator.clipboard`.
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}
