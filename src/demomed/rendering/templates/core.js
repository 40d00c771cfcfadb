// Data of the page, decoded once: what is drawn, said and sorted comes from here.
const data = JSON.parse(document.getElementById("donnees").textContent);
const T = data.t;
const $ = id => document.getElementById(id);

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, key) => (key in values ? values[key] : ""));
}

function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "text") node.textContent = value;
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children.filter(child => child != null && child !== ""));
  return node;
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// Rings come as whole steps of 1e-5 degree, each point as the difference with the one before.
function ring(steps) {
  const points = [];
  let x = 0, y = 0;
  for (let i = 0; i < steps.length; i += 2) {
    x += steps[i];
    y += steps[i + 1];
    points.push([x / 1e5, y / 1e5]);
  }
  return points;
}

function features(shapes, codes) {
  return {
    type: "FeatureCollection",
    features: shapes.map((shape, index) => ({
      type: "Feature",
      id: codes[index],
      properties: {index},
      geometry: shape[0] === "L"
        ? {type: "MultiLineString", coordinates: shape.slice(1).map(ring)}
        : {type: "MultiPolygon", coordinates: shape.map(polygon => polygon.map(ring))},
    })),
  };
}

const zones = data.zones;
for (const level of Object.keys(zones)) {
  const set = zones[level];
  set.features = features(set.geo, set.codes);
  set.index = new Map(set.codes.map((code, index) => [code, index]));
  set.short = set.short || set.names;
}
const layers = new Map(data.layers.map(layer => [layer.id, layer]));
const levels = Object.keys(zones);

const STATUSES = {v: "value", z: "zero", m: "missing", u: "unstable", k: "masked", c: "coarse", n: "not_applicable"};

function written(value, decimals) {
  const [whole, rest] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return (value < 0 ? "\u2212" : "") + grouped + (rest ? "," + rest : "");
}

// Patterns and numbers back into texts.
function texts(coded, count) {
  if (!coded) return Array(count).fill("");
  return coded.x.map(code => {
    if (!code) return "";
    const [at, ...numbers] = code.split("|");
    return coded.p[at].replace(/\\?#/g, sign => (sign === "#" ? numbers.shift() : "#"));
  });
}

for (const layer of data.layers) {
  for (const values of Object.values(layer.levels)) {
    const count = values.v.length;
    values.t = values.v.map((value, index) => values.t[index] ?? written(value, layer.decimals));
    values.i = texts(values.i, count);
    values.p = texts(values.p, count);
    values.s = [...values.s].map(letter => STATUSES[letter]);
    values.c = [...values.c].map(letter => (letter === "-" ? null : Number(letter)));
  }
}

const state = {layer: data.layer, level: data.level, zone: null, compare: null};

function layerOf(id) { return layers.get(id || state.layer); }
function valuesOf(id, level) { return layerOf(id).levels[level || state.level] || null; }
function nameOf(code, level) { return zones[level].names[zones[level].index.get(code)]; }
function plain(text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase(); }

// « 62 pour 100 000 habitants », or the words of a special state.
function phrase(layer, values, index) {
  return values.v[index] == null ? values.t[index] : values.t[index] + "\u00a0" + layer.unit;
}
