// "chr1:1,000-2,000", "12500" or a gene's name, to a place.

const kMostRequests = 200;

/** {sequence?, begin, end} of a place as text (1-based, inclusive, as people write), or null. */
export function parse_place(text) {
  const found = /^(?:(\S+):)?([\d,._]+)(?:\s*(?:-|\.\.|–)\s*([\d,._]+))?$/.exec(text.trim());
  if (!found) return null;
  const number = (digits) => Number(digits.replaceAll(/[,._]/g, ""));
  const begin = number(found[2]) - 1;
  const end = found[3] ? number(found[3]) : begin + 1;
  if (!(end > begin && begin >= 0)) return null;
  return {sequence: found[1], begin, end};
}

function says(feature, word) {
  const attributes = feature.attributes ?? {};
  const values = [feature.name, feature.id, ...Object.values(attributes)];
  return values.some((value) => typeof value === "string" && value.toLowerCase().includes(word));
}

/** The first feature that bears the word, looking through the sequence in halves where it is dense. */
export async function find_feature(source, sequence, length, text) {
  const word = text.trim().toLowerCase();
  const parts = [[0, length]];
  for (let asked = 0; parts.length && asked < kMostRequests; ++asked) {
    const [begin, end] = parts.shift();
    const answer = await source.features(sequence, begin, end);
    const hit = answer.features?.find((feature) => says(feature, word));
    if (hit) return hit;
    if (answer.bins && end - begin > 1000) {
      const middle = Math.floor((begin + end) / 2);
      parts.unshift([begin, middle], [middle, end]);
    }
  }
  return null;
}
