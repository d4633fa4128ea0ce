// Elements without markup in strings: text from outside can never become markup.

/** element("button", {class: "x", on: {click: f}, "aria-label": "y"}, "text", child) */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "on") {
      for (const [type, listener] of Object.entries(value)) made.addEventListener(type, listener);
    } else if (value === true) {
      made.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Changes a text only where it differs: screen readers and layout notice every write. */
export function set_text(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A short sentence for screen readers alone. */
export function announce(text) {
  set_text(document.getElementById("announcer"), text);
}

/** Says a line below a form or beside a button. */
export function notice(kind = "error") {
  const made = element("p", {class: `notice ${kind}`, role: "alert", hidden: true});
  made.say = (text) => {
    made.hidden = !text;
    set_text(made, text || "");
    if (text) made.scrollIntoView({block: "nearest"});
  };
  return made;
}
