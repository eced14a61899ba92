// Rich text: a small editor over the textarea, which stays what is sent. The server makes it safe when it is saved.
const TAGS = new Set("P BR H2 H3 H4 STRONG B EM I U S UL OL LI A BLOCKQUOTE CODE PRE HR".split(" "));
const LINKS = /^(https?:|mailto:)/i;

/** Copy a tree, with only the tags and links that are stored. Runs of scripts or styles cannot get in. */
function cleaned(from, into) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) into.append(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE || ["SCRIPT", "STYLE"].includes(node.tagName)) continue;
    const name = node.tagName === "DIV" ? "P" : node.tagName;
    if (!TAGS.has(name)) {
      cleaned(node, into);
      continue;
    }
    const copy = document.createElement(name);
    const href = node.getAttribute("href");
    if (name === "A" && href && LINKS.test(href)) copy.setAttribute("href", href);
    into.append(cleaned(node, copy));
  }
  return into;
}

const parsed = (text) => cleaned(new DOMParser().parseFromString(text, "text/html").body, document.createDocumentFragment());

export function attachRichText(box) {
  const text = box.querySelector("textarea");
  const tools = box.querySelector("[role=toolbar]");
  const edit = document.createElement("div");
  edit.className = "rich-edit rich";
  edit.contentEditable = "true";
  edit.setAttribute("role", "textbox");
  edit.setAttribute("aria-multiline", "true");
  edit.setAttribute("aria-label", box.dataset.label);
  for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
    if (text.hasAttribute(name)) edit.setAttribute(name, text.getAttribute(name));
  }
  edit.id = text.id;
  text.removeAttribute("id");
  edit.append(parsed(text.value));
  text.hidden = true;
  tools.hidden = false;
  box.append(edit);
  document.execCommand("defaultParagraphSeparator", false, "p");

  const keep = () => {
    const copy = document.createElement("div");
    cleaned(edit, copy);
    text.value = copy.textContent.trim() || copy.querySelector("hr") ? copy.innerHTML : "";
  };
  edit.addEventListener("input", keep);
  edit.addEventListener("paste", (event) => {
    event.preventDefault();
    const html = event.clipboardData.getData("text/html");
    if (!html) return void document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
    const holder = document.createElement("div");
    holder.append(parsed(html));
    document.execCommand("insertHTML", false, holder.innerHTML);
  });
  tools.addEventListener("mousedown", (event) => event.preventDefault());
  tools.addEventListener("click", (event) => {
    const command = event.target.closest("button")?.dataset.command;
    if (!command) return;
    edit.focus();
    // Tags, not styles: the policy allows none, and none are stored.
    document.execCommand("styleWithCSS", false, false);
    if (command === "heading") {
      const inside = document.queryCommandValue("formatBlock").toLowerCase() === "h3";
      document.execCommand("formatBlock", false, inside ? "p" : "h3");
    } else if (command === "link") {
      const address = prompt(box.dataset.link, "https://");
      if (address && LINKS.test(address)) document.execCommand("createLink", false, address);
    } else document.execCommand(command);
    keep();
  });
  document.addEventListener("selectionchange", () => {
    if (!edit.contains(document.activeElement)) return;
    for (const button of tools.querySelectorAll("[data-command]")) {
      const command = button.dataset.command;
      if (command !== "link" && command !== "heading") button.setAttribute("aria-pressed", String(document.queryCommandState(command)));
    }
  });
}
