// The page of autoseg view. One NiiVue instance per panel shows the image and one segmentation on top; the
// segmentations hold the index of every voxel's class. document.body.dataset.state tells tests how far it is.
'use strict';

const state = {panels: [], classes: [], hidden: false, opacity: 0.5, channel: 0, jump: 0};
const $ = id => document.getElementById(id);

document.addEventListener('securitypolicyviolation', e => {
  document.body.dataset.violation = e.violatedDirective + ' ' + e.blockedURI;
});

start().then(() => { document.body.dataset.state = 'ready'; }, fail);

async function start() {
  const data = await (await fetch('/case.json')).json();
  Object.assign(state, {data, classes: data.classes.map(c => ({...c, visible: c.value !== 0, opacity: 1}))});
  describe(data);
  listClasses(data);
  for (const p of data.panels) state.panels.push(await addPanel(p));
  link();
  controls();
  centre();
}

function fail(reason) {
  document.body.dataset.state = 'failed';
  const note = document.createElement('p');
  note.className = 'failed';
  note.textContent = 'The images cannot be shown: ' + (reason && reason.message || reason) +
    '\nA browser with WebGL2 is needed.';
  $('panels').append(note);
}

function describe(data) {
  document.title = data.title + ' – autoseg view';
  $('title').textContent = data.title;
  const [z, y, x] = data.shape, s = data.spacing.map(v => Number(v.toPrecision(4)));
  $('grid').textContent = `${x} × ${y} × ${z} voxels of ${s[2]} × ${s[1]} × ${s[0]} mm`;
  for (const [i, c] of data.channels.entries()) $('channel').add(new Option(c.name, i));
}

async function addPanel(p) {
  const figure = document.createElement('figure'), frame = document.createElement('div'),
    canvas = document.createElement('canvas'), caption = document.createElement('figcaption');
  caption.textContent = p.name;
  frame.className = 'frame';
  canvas.tabIndex = 0;
  frame.append(canvas);
  figure.append(caption, frame);
  $('panels').append(figure);
  arrange();
  const nv = new niivue.Niivue({backColor: [0, 0, 0, 1], crosshairColor: [0.42, 0.72, 1, 0.7], crosshairWidth: 0.4,
    crosshairWidthUnit: 'percent', crosshairGap: 3,
    isNearestInterpolation: true, dragAndDropEnabled: false, multiplanarShowRender: 1, tileMargin: 4, multiplanarLayout: 2,
    isColorbar: false, logLevel: 'error', loadingText: '', sliceType: 3, viewModeHotKey: '', clipPlaneHotKey: '',
    cycleClipPlaneHotKey: '', fontSizeScaling: 0.5, isOrientCube: false, show3Dcrosshair: true});
  await nv.attachToCanvas(canvas);
  const panel = {nv, canvas, segmentation: p.url};
  await load(panel);
  return panel;
}

async function load(panel) {
  const {nv} = panel, volumes = [{url: state.data.channels[state.channel].url, colormap: 'gray'}];
  if (panel.segmentation) volumes.push({url: panel.segmentation, opacity: state.opacity});
  await nv.loadVolumes(volumes);
  panel.image = nv.volumes[0];
  panel.labels = nv.volumes[1];
  if (!panel.labels) return;
  panel.full = panel.labels.img;
  if ($('outline').checked) panel.labels.img = outline(panel.labels);
  paint(panel);
}

// arrange puts wide screens' panels side by side and tall ones' below each other.
function arrange() {
  const n = $('panels').childElementCount, box = $('panels').getBoundingClientRect();
  const columns = box.width >= box.height ? Math.ceil(n / Math.ceil(n / 3)) : Math.ceil(n / 3);
  $('panels').style.gridTemplateColumns = `repeat(${Math.max(1, columns)}, 1fr)`;
}

// paint brings the colours of the classes to a panel. NiiVue knows one opacity per volume, so classes of
// another opacity than the first ones get a volume of their own: the same voxels, other colours.
function paint(panel) {
  const {nv, labels} = panel;
  if (!labels) return;
  const levels = new Map([[state.opacity, []]]);
  for (const c of state.classes.slice(1)) {
    const opacity = state.hidden || !c.visible ? 0 : state.opacity * c.opacity;
    if (opacity > 0) levels.set(opacity, [...levels.get(opacity) || [], c]);
  }
  while (nv.volumes.length > levels.size + 1) nv.removeVolume(nv.volumes.at(-1));
  while (nv.volumes.length < levels.size + 1) nv.addVolume(copy(labels));
  [...levels].forEach(([opacity, classes], i) => colour(nv, nv.volumes[i + 1], opacity, classes));
  nv.updateGLVolume();
}

// copy returns a volume that shares the voxels of another.
function copy(volume) {
  return Object.assign(Object.create(Object.getPrototypeOf(volume)), volume, {id: crypto.randomUUID()});
}

// colour draws only the given classes of a volume. The limits put every value onto the middle of its entry of
// the map, which has 256; NiiVue draws the values below 2 as if they were 2, so the server leaves these out.
function colour(nv, volume, opacity, classes) {
  const map = {R: [], G: [], B: [], A: [], I: []};
  for (let i = 0; i < 256; i++) {
    const c = classes.find(c => c.index === i), rgb = c ? parseInt(c.colour.slice(1), 16) : 0;
    map.R.push(rgb >> 16); map.G.push(rgb >> 8 & 255); map.B.push(rgb & 255);
    map.A.push(c ? 255 : 0); map.I.push(i);
  }
  const name = volume.id;
  nv.addColormap(name, map);
  volume.colormap = name;
  volume.opacity = opacity;
  volume.cal_min = -0.5;
  volume.cal_max = 255.5;
}

// outline returns the voxels of a segmentation that touch another class, the others zero.
function outline(volume) {
  const img = volume.img, [, nx, ny, nz] = volume.hdr.dims, edge = new Uint8Array(img.length);
  for (let z = 0, i = 0; z < nz; z++) for (let y = 0; y < ny; y++) for (let x = 0; x < nx; x++, i++) {
    const v = img[i];
    if (v && (x > 0 && img[i - 1] !== v || x < nx - 1 && img[i + 1] !== v || y > 0 && img[i - nx] !== v ||
      y < ny - 1 && img[i + nx] !== v || z > 0 && img[i - nx * ny] !== v || z < nz - 1 && img[i + nx * ny] !== v)) edge[i] = v;
  }
  return edge;
}

function paintAll() { state.panels.forEach(paint); drawClasses(); }

function listClasses(data) {
  const heads = ['', 'class', 'opacity'].concat(data.panels.filter(p => p.url).map(p => p.name + ' mL'));
  if (data.panels.some(p => p.dice)) heads.push('Dice');
  heads.forEach((text, i) => {
    const th = document.createElement('th');
    th.textContent = text;
    if (i > 2) th.className = 'n';
    $('heads').append(th);
  });
  state.classes.forEach((c, i) => { if (i > 0) $('classes').tBodies[0].append(classRow(data, c, i)); });
  if (state.classes.length < 2) $('classes').hidden = true;
}

function classRow(data, c, i) {
  const tr = document.createElement('tr'), cell = (...content) => {
    const td = document.createElement('td');
    td.append(...content);
    tr.append(td);
    return td;
  };
  const show = input('checkbox', `show ${c.name}`), colour = input('color', `colour of ${c.name}`),
    opacity = input('range', `opacity of ${c.name}`);
  show.checked = c.visible;
  colour.value = c.colour;
  opacity.value = 100;
  show.onchange = () => { c.visible = show.checked; paintAll(); };
  colour.oninput = () => { c.colour = colour.value; paintAll(); };
  opacity.oninput = () => { c.opacity = opacity.value / 100; paintAll(); };
  cell(show);
  cell(colour, ' ' + c.name);
  cell(opacity);
  for (const p of data.panels) if (p.millilitres) cell(number(p.millilitres[i], 2)).className = 'n';
  const compared = data.panels.filter(p => p.dice);
  if (compared.length) cell(compared.map(p => p.dice[i] === null ? '–' : number(p.dice[i], 3)).join(' / ')).className = 'n';
  c.row = tr;
  return tr;
}

function input(type, label) {
  const e = document.createElement('input');
  e.type = type;
  e.setAttribute('aria-label', label);
  return e;
}

function number(v, digits) { return v >= 1000 ? Math.round(v).toString() : v.toFixed(digits); }

function drawClasses() {
  for (const c of state.classes) {
    if (!c.row) continue;
    c.row.querySelector('input').checked = c.visible;
    c.row.classList.toggle('off', state.hidden || !c.visible);
  }
}

// link makes every panel's cursor everybody's and shows where it is.
function link() {
  const all = state.panels.map(p => p.nv);
  for (const p of state.panels) {
    p.nv.broadcastTo(all.filter(o => o !== p.nv), {'2d': true, '3d': true});
    p.nv.onLocationChange = () => { if (p.canvas.matches(':focus') || p === state.panels[0]) locate(p); };
    p.canvas.addEventListener('pointerdown', () => p.canvas.focus());
  }
}

// worldOf returns the place in mm of a voxel as the file counts it; voxelAt is the way back.
function worldOf(volume, v) {
  return volume.hdr.affine.slice(0, 3).map(r => r[0] * v[0] + r[1] * v[1] + r[2] * v[2] + r[3]);
}

function voxelAt(volume, mm) {
  const m = volume.hdr.affine, d = m.slice(0, 3).map((r, i) => mm[i] - r[3]);
  const column = j => [m[0][j], m[1][j], m[2][j]];
  const det = (a, b, c) => a[0] * (b[1] * c[2] - b[2] * c[1]) - b[0] * (a[1] * c[2] - a[2] * c[1]) + c[0] * (a[1] * b[2] - a[2] * b[1]);
  const [a, b, c] = [0, 1, 2].map(column), all = det(a, b, c); // Cramer's rule
  const v = [det(d, b, c) / all, det(a, d, c) / all, det(a, b, d) / all];
  return v.map((w, i) => Math.min(volume.hdr.dims[i + 1] - 1, Math.max(0, Math.round(w))));
}

function locate(panel) {
  const volume = panel.image, [, nx, ny] = volume.hdr.dims, v = voxelAt(volume, panel.nv.frac2mm(panel.nv.scene.crosshairPos));
  const at = v[0] + nx * (v[1] + ny * v[2]);
  const names = state.panels.filter(p => p.full).map(p => {
    const c = state.classes.find(c => c.index === p.full[at]);
    return c ? c.name : '';
  });
  $('position').textContent = `voxel ${v.join(', ')} (x, y, z) · intensity ${Number(volume.img[at].toPrecision(5))}` +
    (names.length ? ' · ' + names.join(' | ') : '');
}

// follow copies a panel's cursor to the others: NiiVue does it for the focused canvas only.
function follow(from) {
  for (const p of state.panels) {
    if (p === from) continue;
    from.nv.doSync2d(p.nv);
    p.nv.drawScene();
  }
  locate(from);
}

function active() { return state.panels.find(p => p.canvas.matches(':focus')) || state.panels[0]; }

function moveTo(frac) {
  const panel = state.panels[0];
  panel.nv.scene.crosshairPos = frac;
  panel.nv.drawScene();
  follow(panel);
}

// centre puts the cursor into the middle of the first class that is there.
function centre() {
  for (let i = 1; i < state.classes.length; i++) if (jumpTo(i)) { state.jump = i; return; }
  locate(state.panels[0]);
}

// jumpTo moves the cursor to the voxel of a class that is nearest to the class's centre of mass.
function jumpTo(number) {
  const index = state.classes[number].index, panel = state.panels.find(p => p.full && p.full.includes(index));
  if (!panel) return false;
  const img = panel.full, [, nx, ny, nz] = panel.labels.hdr.dims;
  const each = visit => {
    for (let z = 0, i = 0; z < nz; z++) for (let y = 0; y < ny; y++) for (let x = 0; x < nx; x++, i++) {
      if (img[i] === index) visit(x, y, z);
    }
  };
  let n = 0, sx = 0, sy = 0, sz = 0, best = null, least = Infinity;
  each((x, y, z) => { n++; sx += x; sy += y; sz += z; });
  each((x, y, z) => {
    const d = (x - sx / n) ** 2 + (y - sy / n) ** 2 + (z - sz / n) ** 2;
    if (d < least) { least = d; best = [x, y, z]; }
  });
  moveTo(state.panels[0].nv.mm2frac(worldOf(panel.labels, best)));
  return true;
}

function setOpacity(v) {
  state.opacity = Math.min(1, Math.max(0, v));
  state.hidden = false;
  $('opacity').value = Math.round(100 * state.opacity);
  paintAll();
}

function setOutline(on) {
  $('outline').checked = on;
  for (const p of state.panels) {
    if (!p.full) continue;
    p.labels.img = p.full;
    const img = on ? outline(p.labels) : p.full;
    for (const v of p.nv.volumes.slice(1)) v.img = img;
    p.nv.updateGLVolume();
  }
}

function setPlanes(type) {
  $('planes').value = type;
  for (const p of state.panels) p.nv.setSliceType(type);
}

function controls() {
  $('opacity').oninput = () => setOpacity($('opacity').value / 100);
  $('outline').onchange = () => setOutline($('outline').checked);
  $('planes').onchange = () => setPlanes(Number($('planes').value));
  $('channel').onchange = async () => {
    state.channel = Number($('channel').value);
    for (const p of state.panels) await load(p);
  };
  window.addEventListener('resize', arrange);
  window.addEventListener('keydown', key, true);
}

const planes = {a: 0, c: 1, s: 2, m: 3, r: 4};
const steps = {ArrowLeft: [-1, 0, 0], ArrowRight: [1, 0, 0], ArrowUp: [0, 1, 0], ArrowDown: [0, -1, 0],
  PageUp: [0, 0, 1], PageDown: [0, 0, -1]};

function key(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|SELECT)$/.test(e.target.tagName) && e.target.type !== 'checkbox') return;
  const k = e.key.toLowerCase(), nth = /^[1-9]$/.test(k) && state.classes[Number(k)];
  if (nth) { nth.visible = !nth.visible; paintAll(); }
  else if (k === ' ') { state.hidden = !state.hidden; paintAll(); }
  else if (k === '+' || k === '=') setOpacity(state.opacity + 0.1);
  else if (k === '-') setOpacity(state.opacity - 0.1);
  else if (k === 'o') setOutline(!$('outline').checked);
  else if (k in planes) setPlanes(planes[k]);
  else if (k === 'n') next();
  else if (e.key in steps) { const p = active(); p.nv.moveCrosshairInVox(...steps[e.key]); follow(p); }
  else return;
  e.preventDefault();
  e.stopPropagation();
}

function next() {
  for (let k = 1; k < state.classes.length; k++) {
    const i = (state.jump - 1 + k) % (state.classes.length - 1) + 1;
    if (jumpTo(i)) { state.jump = i; return; }
  }
}
