// Where features are drawn: lanes by strand, rows so that none covers another, bins summed to columns.

export const kStrands = ["+", ".", "-"];
const kMostRows = 6;

/** Rows of a strand: each feature gets the first row that is free where it begins. Adds `row`. */
function pack(features, gap) {
  const ends = [];
  for (const feature of features) {
    let row = ends.findIndex((end) => end + gap <= feature.begin);
    if (row < 0) row = ends.length < kMostRows ? ends.length : kMostRows - 1;
    ends[row] = Math.max(ends[row] ?? 0, feature.end);
    feature.row = row;
  }
  return ends.length;
}

/** {strand: {features, rows}} of a list; `gap`: bases to keep between neighbours of a row. */
export function lanes(features, gap) {
  const sorted = [...features].sort((a, b) => a.begin - b.begin || b.end - a.end);
  const made = {};
  for (const strand of kStrands) {
    const own = sorted.filter((feature) => (kStrands.includes(feature.strand) ? feature.strand : ".") === strand);
    made[strand] = {features: own, rows: pack(own, gap)};
  }
  return made;
}

/** Counts in `columns` equal parts of [begin, end), from an answer of /features, whichever form it has. */
export function columns_of(answer, begin, end, columns) {
  const counts = new Float64Array(columns);
  const scale = columns / (end - begin);
  const column = (position) => Math.floor((position - begin) * scale);
  if (answer.bins) {
    answer.bins.forEach((count, i) => {
      const at = column(answer.begin + (i + 0.5) * answer.bin_width);
      if (at >= 0 && at < columns) counts[at] += count;
    });
  } else {
    for (const feature of answer.features) {
      const at = column((feature.begin + feature.end) / 2);
      if (at >= 0 && at < columns) counts[at] += 1;
    }
  }
  return counts;
}

const kColours = {
  gene: "gene", CDS: "gene", mRNA: "gene", transcript: "gene", pseudogene: "gene",
  repeat_region: "repeat", repeat_pair: "repeat", dispersed_repeat: "repeat", inverted_repeat: "repeat", direct_repeat: "repeat",
  tandem_repeat: "tandem", microsatellite: "tandem", minisatellite: "tandem", satellite_DNA: "tandem",
  TF_binding_site: "motif", nucleotide_motif: "motif", protein_binding_site: "motif", sequence_motif: "motif",
};

/** A name of theme_colours(). */
export function colour_name(type) {
  return kColours[type] ?? "other";
}
