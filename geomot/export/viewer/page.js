"use strict";
(() => {
  const VERTEX = `#version 300 es
    in vec3 position;
    in vec3 normal;
    uniform mat4 matrix;
    uniform vec3 offset, stretch;
    uniform float lift;
    out vec3 facing;
    void main() {
      facing = normal / stretch;
      gl_Position = matrix * vec4((position + offset) * stretch, 1.0);
      gl_Position.z -= lift * gl_Position.w;
    }`;
  const FRAGMENT = `#version 300 es
    precision mediump float;
    in vec3 facing;
    uniform vec4 color;
    uniform vec3 light;
    uniform float shadow;
    out vec4 paint;
    void main() {
      float bright = shadow + (1.0 - shadow) * max(dot(normalize(facing), light), 0.0);
      paint = vec4(color.rgb * bright * color.a, color.a);
    }`;
  const VIEW = { around: -0.98, up: 0.42, zoom: 1, x: 0, y: 0 };
  const FOCUS = 3.6; // distance of the eye, in radii of the zone
  const LIFT = 0.002; // how far lines stand out from the faces beside them, in depths
  const MARGIN = 30; // least distance of a name from the edge of the picture, in pixels
  const FEW = 16; // regions that have their names in the picture from the start

  const find = (id) => document.getElementById(id);
  const canvas = find("picture");
  const held = JSON.parse(find("regions").textContent);

  function fail(text) {
    find("message").textContent = text;
    find("message").hidden = false;
    canvas.hidden = true;
  }

  const gl = canvas.getContext("webgl2", { antialias: true });
  if (!gl) {
    fail("The picture needs WebGL 2, which this browser does not offer. The regions are listed here.");
    return;
  }

  // ---- geometry ----

  function decoded(text, Kind) {
    const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    return new Kind(bytes.buffer);
  }

  const points = decoded(held.points, Float32Array);
  const faces = decoded(held.faces, Uint32Array);
  const neighbours = decoded(held.neighbours, Int32Array);

  // A patch is what a region shares with one neighbour: smooth inside, sharp at its seams.
  function patches(first, count) {
    const places = new Map(), corners = [], sources = [];
    const edges = new Map();
    for (let face = first; face < first + count; face++) {
      let part = places.get(neighbours[face]);
      if (!part) places.set(neighbours[face], (part = new Map()));
      for (let k = 0; k < 3; k++) {
        const point = faces[3 * face + k];
        let place = part.get(point);
        if (place === undefined) {
          part.set(point, (place = sources.length));
          sources.push(point);
        }
        corners.push(place);
      }
    }
    const vertices = new Float32Array(6 * sources.length);
    sources.forEach((point, place) => {
      for (let k = 0; k < 3; k++) vertices[6 * place + k] = points[3 * point + k];
    });
    const center = [0, 0, 0];
    let volume = 0;
    for (let c = 0; c < corners.length; c += 3) {
      const [i, j, k] = [6 * corners[c], 6 * corners[c + 1], 6 * corners[c + 2]];
      const at = (place, axis) => vertices[place + axis];
      const one = [0, 1, 2].map((axis) => at(j, axis) - at(i, axis));
      const other = [0, 1, 2].map((axis) => at(k, axis) - at(i, axis));
      const across = [0, 1, 2].map((axis) => {
        const [m, n] = [(axis + 1) % 3, (axis + 2) % 3];
        return one[m] * other[n] - one[n] * other[m];
      });
      let cone = 0;
      for (let axis = 0; axis < 3; axis++) {
        cone += (across[axis] * at(i, axis)) / 6;
        for (const place of [i, j, k]) vertices[place + 3 + axis] += across[axis];
      }
      volume += cone;
      for (let axis = 0; axis < 3; axis++) {
        center[axis] += (cone * (at(i, axis) + at(j, axis) + at(k, axis))) / 4;
      }
      for (let side = 0; side < 3; side++) {
        const ends = [corners[c + side], corners[c + ((side + 1) % 3)]].sort((a, b) => a - b);
        const key = ends[0] * sources.length + ends[1];
        if (!edges.delete(key)) edges.set(key, ends);
      }
    }
    for (let place = 0; place < vertices.length; place += 6) {
      const length = Math.hypot(vertices[place + 3], vertices[place + 4], vertices[place + 5]) || 1;
      for (let axis = 3; axis < 6; axis++) vertices[place + axis] /= length;
    }
    return {
      vertices,
      corners: Uint32Array.from(corners),
      seams: Uint32Array.from([...edges.values()].flat()),
      center: center.map((moment) => (volume ? moment / volume : 0)),
    };
  }

  // ---- drawing ----

  function shader(kind, source) {
    const made = gl.createShader(kind);
    gl.shaderSource(made, source);
    gl.compileShader(made);
    return made;
  }

  const program = gl.createProgram();
  gl.attachShader(program, shader(gl.VERTEX_SHADER, VERTEX));
  gl.attachShader(program, shader(gl.FRAGMENT_SHADER, FRAGMENT));
  gl.bindAttribLocation(program, 0, "position");
  gl.bindAttribLocation(program, 1, "normal");
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    fail("The picture could not be set up by this browser's WebGL. The regions are listed here.");
    return;
  }
  gl.useProgram(program);
  const uniform = {};
  for (const name of ["matrix", "offset", "stretch", "lift", "color", "light", "shadow"]) {
    uniform[name] = gl.getUniformLocation(program, name);
  }

  function uploaded(vertices, indices) {
    const array = gl.createVertexArray();
    gl.bindVertexArray(array);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, vertices, gl.STATIC_DRAW);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, indices, gl.STATIC_DRAW);
    for (const place of [0, 1]) {
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, 3, gl.FLOAT, false, 24, 12 * place);
    }
    return array;
  }

  const rgb = (text) => [1, 3, 5].map((k) => parseInt(text.slice(k, k + 2), 16) / 255);
  const boxes = [...document.querySelectorAll("#list input")];
  let first = 0;
  const regions = held.regions.map((entry, number) => {
    const made = patches(first, entry.faces);
    first += entry.faces;
    const all = new Uint32Array(made.corners.length + made.seams.length);
    all.set(made.corners);
    all.set(made.seams, made.corners.length);
    return {
      array: uploaded(made.vertices, all),
      faces: made.corners.length,
      seams: made.seams.length,
      center: made.center,
      color: rgb(entry.color),
      box: boxes[number],
    };
  });

  const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
  for (let k = 0; k < points.length; k++) {
    low[k % 3] = Math.min(low[k % 3], points[k]);
    high[k % 3] = Math.max(high[k % 3], points[k]);
  }
  const sides = low.map((least, axis) => high[axis] - least);
  const axes = uploaded(new Float32Array(36), Uint32Array.from([0, 1, 2, 3, 4, 5]));
  const axesBuffer = gl.getParameter(gl.ARRAY_BUFFER_BINDING);

  // One edge of the zone's box along each axis: the lower near ones, and the upright on the left.
  function rulers(toward, right) {
    const near = [0, 1].map((axis) => (toward[axis] > 0 ? high : low)[axis]);
    const left = [0, 1].map((axis) => (right[axis] > 0 ? low : high)[axis]);
    const base = (toward[2] >= 0 ? low : high)[2];
    return [
      [[low[0], near[1], base], [high[0], near[1], base]],
      [[near[0], low[1], base], [near[0], high[1], base]],
      [[...left, low[2]], [...left, high[2]]],
    ];
  }

  function label(text, kind) {
    const made = document.createElement("span");
    made.textContent = text;
    made.className = kind;
    return find("labels").appendChild(made);
  }

  const number = (value) => value.toLocaleString("en-US", { maximumSignificantDigits: 4 });
  const axisLabels = sides.map((side, axis) => label(`${"xyz"[axis]} ${number(side)} m`, "axis"));
  regions.forEach((region, place) => {
    region.label = label(held.regions[place].name, "region");
    region.label.style.borderColor = held.regions[place].color;
  });

  const view = { ...VIEW };
  const flat = sides[2] / Math.max(...sides);
  find("stretch").value = String(flat > 0 && flat < 0.15 ? Math.min(20, 0.25 / flat) : 1);
  const firstStretch = find("stretch").value;
  find("names").checked = regions.length <= FEW;

  // The matrix, by columns: turn around z, tilt, move back, project.
  function camera(radius, aspect) {
    const [c, s] = [Math.cos(view.around), Math.sin(view.around)];
    const [d, t] = [Math.cos(view.up), Math.sin(view.up)];
    const right = [-s, c, 0], up = [-t * c, -t * s, d], toward = [d * c, d * s, t];
    const near = (FOCUS - 1.2) * radius, far = (FOCUS + 1.2) * radius;
    const tall = (0.95 * FOCUS * view.zoom) / Math.max(1, 1 / aspect), wide = tall / aspect;
    const [p, q] = [(far + near) / (near - far), (2 * far * near) / (near - far)];
    const matrix = new Float32Array(16);
    for (let axis = 0; axis < 3; axis++) {
      matrix[4 * axis] = wide * right[axis];
      matrix[4 * axis + 1] = tall * up[axis];
      matrix[4 * axis + 2] = p * toward[axis];
      matrix[4 * axis + 3] = -toward[axis];
    }
    const away = FOCUS * radius;
    matrix[12] = view.x * away;
    matrix[13] = view.y * away;
    matrix[14] = -p * away + q;
    matrix[15] = away;
    const light = [0, 1, 2].map((k) => 0.45 * toward[k] - 0.35 * right[k] + 0.65 * up[k]);
    const length = Math.hypot(...light);
    return { matrix, toward, right, light: light.map((part) => part / length) };
  }

  // Put a label where a point appears, or hide it where others that are there already would hide it.
  function place(made, matrix, stretch, point, others) {
    const [x, y, z] = point.map((value, axis) => value * stretch[axis]);
    const row = (k) => matrix[k] * x + matrix[k + 4] * y + matrix[k + 8] * z + matrix[k + 12];
    const [across, down] = [0.5 + (0.5 * row(0)) / row(3), 0.5 - (0.5 * row(1)) / row(3)];
    const within = (share, size) => Math.min(Math.max(share * size, MARGIN), size - MARGIN);
    const [left, top] = [within(across, canvas.clientWidth), within(down, canvas.clientHeight)];
    made.style.transform = `translate(${left}px, ${top}px) translate(-50%, -50%)`;
    const box = { left, top, width: made.offsetWidth, height: made.offsetHeight };
    const meets = (other) =>
      2 * Math.abs(left - other.left) < box.width + other.width &&
      2 * Math.abs(top - other.top) < box.height + other.height;
    const hidden = others.some(meets);
    made.style.visibility = hidden ? "hidden" : "visible";
    if (!hidden) others.push(box);
  }

  let waiting = false;
  function redraw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(draw);
  }

  function draw() {
    waiting = false;
    const density = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((size) =>
      Math.max(1, Math.round(size * density)),
    );
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    const [apart, opacity] = [+find("apart").value, +find("opacity").value];
    const stretch = [1, 1, +find("stretch").value];
    const radius = 0.5 * (1 + apart) * Math.hypot(...sides.map((side, axis) => side * stretch[axis]));
    const { matrix, toward, right, light } = camera(radius, width / height);
    const ink = rgb(getComputedStyle(document.documentElement).getPropertyValue("--ink").trim());
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.DEPTH_TEST);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.uniformMatrix4fv(uniform.matrix, false, matrix);
    gl.uniform3fv(uniform.stretch, stretch);
    gl.uniform3fv(uniform.light, light);

    const offset = (region) => region.center.map((value) => apart * value);
    const depth = (region) =>
      region.center.reduce((sum, value, k) => sum + (1 + apart) * value * stretch[k] * toward[k], 0);
    const shown = regions.filter((region) => region.box.checked && region.faces);
    shown.sort((one, other) => depth(one) - depth(other));
    const clear = opacity < 1;
    gl.depthMask(!clear);
    gl.enable(gl.CULL_FACE);
    gl.uniform1f(uniform.lift, 0);
    for (const region of shown) {
      gl.bindVertexArray(region.array);
      gl.uniform3fv(uniform.offset, offset(region));
      gl.uniform1f(uniform.shadow, 0.6);
      gl.uniform4f(uniform.color, ...region.color, opacity);
      for (const side of clear ? [gl.FRONT, gl.BACK] : [gl.BACK]) {
        gl.cullFace(side);
        gl.drawElements(gl.TRIANGLES, region.faces, gl.UNSIGNED_INT, 0);
      }
    }
    gl.depthMask(true);
    gl.uniform1f(uniform.lift, LIFT);
    gl.uniform1f(uniform.shadow, 1);
    if (find("edges").checked) {
      gl.uniform4f(uniform.color, 0.1, 0.1, 0.1, clear ? 0.6 : 1);
      for (const region of shown) {
        gl.bindVertexArray(region.array);
        gl.uniform3fv(uniform.offset, offset(region));
        gl.drawElements(gl.LINES, region.seams, gl.UNSIGNED_INT, 4 * region.faces);
      }
    }
    const taken = [];
    const whole = apart === 0; // else lengths are not those of the zone
    if (whole) drawRulers(rulers(toward, right), ink);
    axisLabels.forEach((made, axis) => {
      made.hidden = !whole;
      if (!whole) return;
      const [start, end] = rulers(toward, right)[axis];
      place(made, matrix, stretch, start.map((value, k) => 0.5 * (value + end[k]) * 1.2), taken);
    });
    const named = find("names").checked ? shown : [];
    for (const region of regions) region.label.hidden = !named.includes(region);
    for (const region of [...named].reverse()) {
      place(region.label, matrix, stretch, region.center.map((value) => (1 + apart) * value), taken);
    }
    for (const made of document.querySelectorAll("output")) {
      const value = +find(made.htmlFor.value).value;
      made.value = made.htmlFor.value === "stretch" ? `× ${value}` : `${Math.round(100 * value)} %`;
    }
  }

  function drawRulers(edges, ink) {
    gl.bindVertexArray(axes);
    gl.bindBuffer(gl.ARRAY_BUFFER, axesBuffer);
    gl.bufferData(
      gl.ARRAY_BUFFER,
      Float32Array.from(edges.flat().flatMap((point) => [...point, 0, 0, 1])),
      gl.DYNAMIC_DRAW,
    );
    gl.uniform3f(uniform.offset, 0, 0, 0);
    gl.uniform4f(uniform.color, ...ink, 0.5);
    gl.drawElements(gl.LINES, 6, gl.UNSIGNED_INT, 0);
  }

  // ---- turning, moving, zooming ----

  function turn(across, up) {
    view.around -= across;
    view.up = Math.min(1.57, Math.max(-1.57, view.up + up));
    redraw();
  }

  function zoom(factor) {
    view.zoom = Math.min(40, Math.max(0.1, view.zoom * factor));
    redraw();
  }

  function move(across, down) {
    view.x += (2 * across) / canvas.clientWidth;
    view.y -= (2 * down) / canvas.clientHeight;
    redraw();
  }

  const fingers = new Map();
  const spread = () => {
    const [one, other] = [...fingers.values()];
    return Math.hypot(one.x - other.x, one.y - other.y);
  };
  canvas.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const [across, down] = [event.clientX - before.x, event.clientY - before.y];
    const wide = fingers.size === 2 ? spread() : 0;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (fingers.size === 2) {
      if (wide > 0) zoom(spread() / wide);
      move(0.5 * across, 0.5 * down);
    } else if (event.shiftKey || event.buttons === 2 || event.buttons === 4) {
      move(across, down);
    } else {
      turn(0.008 * across, 0.008 * down);
    }
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, (event) => fingers.delete(event.pointerId));
  }
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      zoom(Math.exp(-0.0015 * event.deltaY * (event.deltaMode === 1 ? 20 : 1)));
    },
    { passive: false },
  );

  function reset() {
    Object.assign(view, VIEW);
    find("apart").value = find("apart").defaultValue;
    find("opacity").value = "1";
    find("stretch").value = firstStretch;
    redraw();
  }

  const keys = {
    ArrowLeft: () => turn(-0.1, 0),
    ArrowRight: () => turn(0.1, 0),
    ArrowUp: () => turn(0, -0.1),
    ArrowDown: () => turn(0, 0.1),
    "+": () => zoom(1.15),
    "=": () => zoom(1.15),
    "-": () => zoom(1 / 1.15),
    Home: reset,
  };
  canvas.addEventListener("keydown", (event) => {
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });

  function check(value) {
    for (const box of boxes) box.checked = value && !box.disabled;
    redraw();
  }

  find("controls").addEventListener("submit", (event) => event.preventDefault());
  find("controls").addEventListener("input", redraw);
  find("all").addEventListener("click", () => check(true));
  find("none").addEventListener("click", () => check(false));
  find("reset").addEventListener("click", reset);
  canvas.addEventListener("webglcontextlost", () => fail("The picture was lost: load the page again."));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new ResizeObserver(redraw).observe(canvas);
  redraw();
})();
