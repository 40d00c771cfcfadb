// The map that folium declared, drawn from the page's data.
class Board {
  constructor(map, groups, follower = false) {
    this.map = map;
    this.follower = follower;
    this.groups = groups;
    this.layerId = null;
    this.scale = null;
    this.panes();
    this.circles = L.layerGroup().addTo(map);
    this.halo = L.layerGroup().addTo(map);
    for (const level of levels) groups[level].eachLayer(shape => this.listen(shape, level));
    this.furnish();
  }

  panes() {
    const pane = (name, index) => {
      const node = this.map.getPane(name) || this.map.createPane(name);
      node.style.zIndex = index;
      node.style.pointerEvents = "none";
      return name;
    };
    pane("contexte", 350);
    pane("contours", 430);
    pane("limites", 435);
    pane("cercles", 440);
    pane("designe", 450);
  }

  furnish() {
    const map = this.map;
    map.attributionControl.setPrefix("Leaflet");
    L.control.scale({imperial: false, maxWidth: 120}).addTo(map);
    if (!this.follower) this.buttons(map);
    const frame = map.getContainer();
    frame.addEventListener("focusin", () => map.scrollWheelZoom.enable());
    frame.addEventListener("focusout", () => map.scrollWheelZoom.disable());
    if (matchMedia("(pointer: coarse)").matches) this.handOver(frame);
    map.on("dragstart zoomstart", () => { if (!this.still) this.moved = true; });
    new ResizeObserver(() => {
      if (!frame.clientWidth) return;
      map.invalidateSize({animate: false, pan: false});
      if (!this.moved) this.home();
    }).observe(frame);
    this.home();
  }

  buttons(map) {
    L.control.zoom({zoomInTitle: T.zoom_in, zoomOutTitle: T.zoom_out}).addTo(map);
    const whole = L.control({position: "topleft"});
    whole.onAdd = () => {
      const box = make("div", {class: "leaflet-bar"});
      const button = make("button", {type: "button", class: "whole", title: T.whole, "aria-label": T.whole});
      button.append(svg("svg", {width: 18, height: 18, viewBox: "0 0 18 18", "aria-hidden": "true"},
        svg("path", {d: "M2 7V2h5M11 2h5v5M16 11v5h-5M7 16H2v-5", fill: "none", stroke: C.ink, "stroke-width": 2})));
      L.DomEvent.disableClickPropagation(box).on(button, "click", () => this.home());
      box.append(button);
      return box;
    };
    whole.addTo(map);
  }

  // On a touch screen one finger scrolls the page until the reader asks for the map.
  handOver(frame) {
    this.map.dragging.disable();
    const button = make("button", {type: "button", class: "hand", "aria-pressed": "false", text: T.hand_over});
    L.DomEvent.disableClickPropagation(button).on(button, "click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      button.textContent = on ? T.hand_back : T.hand_over;
      this.map.dragging[on ? "enable" : "disable"]();
    });
    frame.append(button);
  }

  home() {
    const bounds = this.bounds();
    if (!this.map.getContainer().clientWidth) return;
    this.moved = false;
    this.quietly(map => {
      map.setMinZoom(0);
      map.fitBounds(bounds, {padding: [10, 10], animate: false});
      map.setMinZoom(map.getZoom() - 0.75);
    });
  }

  // Frame of all the zones; metropolitan France when there is none.
  bounds() {
    const group = this.groups[levels.find(level => zones[level].codes.length)];
    const found = group ? group.getBounds() : L.latLngBounds([]);
    return found.isValid() ? found : L.latLngBounds([[42, -5], [51, 8]]);
  }

  // A move that the reader did not make.
  quietly(move) {
    this.still = true;
    move(this.map);
    this.still = false;
  }

  listen(shape, level) {
    const code = shape.feature.id;
    shape.on({
      mouseover: () => point(code, level),
      mouseout: () => point(null, level),
      click: () => select(code, level),
    });
    offKeyboard(shape);
    shape.bindTooltip(() => this.tip(code, level), {sticky: true, className: "tip", direction: "top", opacity: 1});
  }

  tip(code, level) {
    const layer = layerOf(this.layerId), values = valuesOf(this.layerId, level);
    const index = zones[level].index.get(code);
    const node = make("div", {}, make("strong", {text: zones[level].names[index]}));
    if (!values) return node;
    node.append(make("span", {text: phrase(layer, values, index)}));
    if (values.i[index]) node.append(make("small", {text: fill(T.interval, {interval: values.i[index]})}));
    if (values.ref) node.append(make("small", {text: values.ref}));
    return node;
  }

  draw(layerId, level, scale) {
    this.layerId = layerId;
    this.level = level;
    const values = scaled(layerId, level, scale);
    this.values = values;
    for (const other of levels) {
      if (other === level) this.map.addLayer(this.groups[other]);
      else this.map.removeLayer(this.groups[other]);
    }
    const fine = level !== upper;
    this.fill(level, values, fine);
    this.borders(fine);
    this.drawCircles(values, level);
    this.labels && this.labels.place();
  }

  // A change of indicator changes fills only: one attribute a zone.
  fill(level, values, fine) {
    const color = values && isCounted(values) ? C.border : C.paper;
    this.groups[level].eachLayer(shape => {
      const fillColor = values ? paint(values, shape.feature.properties.index) : C.neighbour;
      const path = shape.getElement();
      if (!path || shape.options.color !== color) {
        shape.setStyle({fillColor, fillOpacity: 1, color, weight: fine ? 0.5 : 1.2, opacity: 1});
      } else if (shape.options.fillColor !== fillColor) {
        shape.options.fillColor = fillColor;
        path.setAttribute("fill", fillColor);
      }
    });
  }

  borders(fine) {
    if (!this.rims && zones[upper]) {
      this.rims = L.geoJson(zones[upper].features, {
        pane: "contours", interactive: false, style: {color: C.ink, fill: false, opacity: 0.7},
      }).addTo(this.map);
    }
    if (this.rims) this.rims.setStyle({weight: fine ? 1.2 : 1.5});
  }

  drawCircles(values, level) {
    this.circles.clearLayers();
    if (!values || !isCounted(values)) return;
    const order = values.rad.map((radius, index) => index).filter(index => values.rad[index] > 0)
      .sort((a, b) => values.rad[b] - values.rad[a]);
    for (const index of order) {
      const [lon, lat] = zones[level].points[index];
      this.circles.addLayer(L.circleMarker([lat, lon], {
        pane: "cercles", interactive: false, radius: values.rad[index],
        color: C.circle, weight: 1, fillColor: C.circle, fillOpacity: 0.35,
      }));
    }
  }

  // Outline of the zone pointed at: ink over a white casing.
  outline(code, level) {
    this.halo.clearLayers();
    if (!code || !zones[level] || !zones[level].index.has(code)) return;
    const feature = zones[level].features.features[zones[level].index.get(code)];
    for (const [color, weight] of [[C.paper, 7], [C.ink, 3]]) {
      this.halo.addLayer(L.geoJson(feature, {
        pane: "designe", interactive: false, style: {color, weight, fill: false, opacity: 1},
      }));
    }
  }

  // Brings a zone into view only if it is out of it.
  reveal(code, level) {
    const feature = zones[level].features.features[zones[level].index.get(code)];
    const bounds = L.geoJson(feature).getBounds();
    if (!this.map.getBounds().contains(bounds)) this.map.fitBounds(bounds, {maxZoom: 10.5, padding: [30, 30]});
  }
}

// A tooltip puts its outline on the way of the keyboard, with no name: rows and bars are that way.
function offKeyboard(shape) {
  shape.on("add", () => shape.getElement().setAttribute("tabindex", "-1"));
}

// Values of a layer, classed with the bounds (or circles) of another one when two maps share a scale.
function scaled(layerId, level, reference) {
  const own = valuesOf(layerId, level);
  const other = reference && valuesOf(reference, level);
  if (!own || !other) return own;
  if (isCounted(own) && isCounted(other)) {
    const at = other.v.findIndex((value, index) => value > 0 && other.rad[index] > 0);
    if (at < 0) return own;
    const unit = other.rad[at] / Math.sqrt(other.v[at]);
    return {...own, rad: own.v.map(value => (value > 0 ? unit * Math.sqrt(value) : 0)), legend: [
      ...other.legend.filter(entry => entry.kind === "circle"), ...own.legend.filter(entry => entry.kind !== "circle")]};
  }
  if (!own.b.length || !other.b.length) return own;
  const inner = other.b.slice(1, -1);
  const reversed = darkIsLow(other);
  const classes = own.v.map((value, index) => {
    if (value == null || own.c[index] == null) return null;
    const rank = inner.filter(bound => value > bound).length;
    return reversed ? inner.length - rank : rank;
  });
  const count = index => classes.filter(c => c === index).length;
  const [least, most] = [Math.min(...other.b), Math.max(...other.b)];
  const {decimals, unit} = layerOf(reference);
  // A class of the ends holds what this map has beyond them: it is told by its other bound alone.
  const named = (label, index) => {
    const held = own.v.filter((_, at) => classes[at] === index);
    const ends = !inner.length ? [] : held.some(value => value > most) ? [T.beyond_high, Math.max(...inner)]
      : held.some(value => value < least) ? [T.beyond_low, Math.min(...inner)] : [];
    const tail = label.endsWith(unit) ? label.slice(label.slice(0, label.length - unit.length).trimEnd().length) : "";
    return ends.length ? fill(ends[0], {value: written(ends[1], decimals) + tail}) : label;
  };
  const legend = other.legend.filter(entry => entry.kind === "class").map(entry => {
    const index = other.colours.indexOf(entry.colour);
    return {...entry, label: named(entry.label, index), count: count(index)};
  });
  return {...own, c: classes, b: other.b, colours: other.colours, cls: "",
    legend: [...legend, ...own.legend.filter(entry => entry.kind !== "class")]};
}

// True when the darkest class holds the smallest values.
function darkIsLow(values) {
  let least = null, most = null;
  values.v.forEach((value, index) => {
    if (value == null || values.c[index] == null) return;
    if (least == null || value < values.v[least]) least = index;
    if (most == null || value > values.v[most]) most = index;
  });
  return least != null && values.c[least] > values.c[most];
}

function sharesScale(a, b) {
  const one = layerOf(a), two = layerOf(b);
  return one.unit === two.unit && one.kind === two.kind && one.kind !== "category";
}
