// Communes of a department, asked for one department at a time. A page opened from a disk may not read
// a file, but it may run a script that stands beside it: each department is one.
const asked_for = new Map();
const told_of = make("p", {class: "note", "aria-live": "polite"});
$("cartes").after(told_of);
let shown = null;

function classOf(values, value) {
  if (value == null || !values.b.length) return null;
  const inner = values.b.slice(1, -1);
  const rank = inner.filter(bound => value > bound).length;
  return darkIsLow(values) ? inner.length - rank : rank;
}

// Called by the script of a department.
window.demomedCommunes = (code, part) => {
  const lines = part.arcs.split(";").map(border), codes = codesOf(part.codes);
  const set = features(shapesOf(part.geo), codes, lines);
  const values = {};
  for (const [id, text] of Object.entries(part.values)) values[id] = numbers(text, codes.length);
  const group = L.geoJson(set, {pane: "communes"});
  group.eachLayer(offKeyboard);
  group.eachLayer(shape => shape.bindTooltip(() => {
    const index = shape.feature.properties.index, layer = layerOf(), value = (values[state.layer] || [])[index];
    return make("div", {}, make("strong", {text: part.names[index]}), make("span", {
      text: value == null ? T.no_level : [written(value, layer.decimals), layer.unit].join("\u00a0")}));
  }, {sticky: true, className: "tip", direction: "top", opacity: 1}));
  asked_for.set(code, {group, values, count: codes.length});
  showCommunes(code);
};

function showCommunes(code) {
  const found = asked_for.get(code), map = boards[0].map, name = data.portals.names[code];
  if (!found) return;
  if (shown) map.removeLayer(asked_for.get(shown).group);
  shown = code;
  if (state.level !== finest) setLevel(finest);
  found.group.addTo(map);
  paintCommunes();
  map.fitBounds(found.group.getBounds(), {padding: [20, 20]});
  told_of.textContent = fill(T.communes_shown, {count: found.count, name});
}

// In the classes of the intercommunalities, so that one legend serves both.
function paintCommunes() {
  if (!shown) return;
  const {group, values} = asked_for.get(shown), scale = valuesOf(state.layer, finest);
  group.eachLayer(shape => {
    const value = (values[state.layer] || [])[shape.feature.properties.index];
    const found = classOf(scale, value);
    shape.setStyle({fillOpacity: 1, weight: 0.5, color: C.paper, fillColor: found == null ? C.neighbour : scale.colours[found]});
  });
}

boards[0].map.createPane("communes").style.zIndex = 425;
const drawZones = boards[0].draw.bind(boards[0]);
boards[0].draw = (...given) => { drawZones(...given); paintCommunes(); };

document.addEventListener("click", event => {
  const button = event.target.closest && event.target.closest("button[data-communes]");
  if (!button) return;
  const code = button.dataset.communes, name = data.portals.names[code];
  if (asked_for.has(code)) { showCommunes(code); return; }
  told_of.textContent = T.reading;
  const script = make("script", {src: fill(data.portals.communes, {code})});
  script.addEventListener("error", () => { told_of.textContent = fill(T.communes_missing, {name}); });
  document.head.append(script);
});
