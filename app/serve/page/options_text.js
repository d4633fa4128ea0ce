// Options as a person types them, one a line ("min-length = 90"), to the API's object.

function value_of(text) {
  if (text === "true" || text === "") return true;
  if (text === "false") return false;
  return /^-?\d+(\.\d+)?([eE]-?\d+)?$/.test(text) ? Number(text) : text;
}

/** Throws Error with a sentence where a line is none. */
export function parse_options(text) {
  const options = {};
  for (const line of text.split("\n").map((each) => each.trim())) {
    if (!line || line.startsWith("#")) continue;
    const found = /^(?:--)?([a-z][a-z0-9-]*)(?:\s*[=\s]\s*(.*))?$/.exec(line);
    if (!found) throw new Error(`"${line}" is no option; write one a line, as in: min-length = 90`);
    options[found[1]] = value_of((found[2] ?? "").replace(/^"(.*)"$/, "$1"));
  }
  return options;
}
