// From a value to a fill: class colour, hatch of a special state, or a circle.
const C = data.colours;
const defs = $("motifs");
const drawn = new Map();

function pattern(kind, ground) {
  const key = kind + (ground || "").replace("#", "-");
  if (!drawn.has(key)) {
    const size = {missing: 6, masked: 7, unstable: 9, coarse: 7}[kind];
    const node = svg("pattern", {
      id: "motif-" + key, width: size, height: size, patternUnits: "userSpaceOnUse",
      patternTransform: kind === "missing" ? "rotate(45)" : kind === "unstable" ? "rotate(-45)" : "",
    });
    node.append(svg("rect", {width: size, height: size, fill: ground || C.paper}));
    if (kind === "masked") {
      node.append(svg("circle", {cx: 3.5, cy: 3.5, r: 1.5, fill: C.hatch}));
    } else {
      const dark = ground && luminance(ground) < 0.3;
      node.append(svg("rect", {
        width: {missing: 2, unstable: 1.4, coarse: 1}[kind], height: size,
        fill: kind === "missing" || !dark ? C.hatch : C.paper, "fill-opacity": kind === "missing" ? 1 : 0.75,
      }));
    }
    defs.append(node);
    drawn.set(key, `url(#motif-${key})`);
  }
  return drawn.get(key);
}

function luminance(hex) {
  const channel = at => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function entryOf(values, kind) { return values.legend.find(entry => entry.kind === kind); }

function isCounted(values) { return values.counted; }

// The fill of one zone, as an SVG paint.
function paint(values, index) {
  const status = values.s[index];
  const colour = values.c[index] == null ? null : values.colours[values.c[index]];
  if (status === "missing" || status === "masked") return pattern(status);
  if (status === "unstable" || status === "coarse") return pattern(status, colour || C.paper);
  if (status === "not_applicable") return C.neighbour;
  if (colour) return colour;
  if (status === "zero" && !isCounted(values)) {
    const zero = entryOf(values, "zero");
    return (zero && zero.colour) || C.paper;
  }
  return isCounted(values) ? C.panel : C.paper;
}

// A legend swatch as inline SVG, so that it prints and needs no style attribute.
function swatch(entry) {
  if (entry.kind === "circle") {
    const side = Math.ceil(entry.size * 2) + 2;
    return svg("svg", {class: "swatch round", width: side, height: side, "aria-hidden": "true"},
      svg("circle", {
        cx: side / 2, cy: side / 2, r: entry.size, fill: entry.colour || C.circle,
        "fill-opacity": 0.35, stroke: entry.colour || C.circle,
      }));
  }
  const fills = {
    missing: () => pattern("missing"), masked: () => pattern("masked"),
    unstable: () => pattern("unstable", entry.colour || C.paper),
    coarse: () => pattern("coarse", entry.colour || C.paper), not_applicable: () => C.neighbour,
  };
  return svg("svg", {class: "swatch", width: 30, height: 20, "aria-hidden": "true"},
    svg("rect", {
      x: 0.5, y: 0.5, width: 29, height: 19, stroke: C.secondary, "stroke-width": 1,
      fill: fills[entry.kind] ? fills[entry.kind]() : entry.colour || C.paper,
    }));
}

// Mark of a place: the shape tells what it is, hollow tells that it is planned.
function mark(layer, size) {
  const paths = {
    square: "M2 2h10v10h-10z", diamond: "M7 .8 13.2 7 7 13.2.8 7z", triangle: "M7 1 13.3 12.6H.7z",
    cross: "M5 1h4v4h4v4h-4v4h-4v-4h-4v-4h4z", dot: "M7 4a3 3 0 1 0 .01 0z",
  };
  const colour = layer.shape === "dot" ? C.ink : C.structure;
  return svg("svg", {width: size, height: size, viewBox: "-1 -1 16 16", "aria-hidden": "true"},
    svg("path", {
      d: paths[layer.shape], fill: layer.hollow ? C.paper : colour,
      stroke: layer.hollow ? colour : C.paper, "stroke-width": layer.hollow ? 2 : 1,
    }));
}
