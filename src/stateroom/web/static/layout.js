// Where the cards of a graph stand: layers from left to right, few crossings, edges that go around cards.

export const CARD = { width: 206, height: 72 };
const GAP = { x: 48, y: 18 };
const BEND = { height: 14 };
const SWEEPS = 6;

// cards: [{key, layer, needs: [{step, condition}]}] -> {width, height, places: Map(key -> {x, y}), edges: [{from, to, condition, path}]}
export function layOut(cards) {
  const nodes = new Map(cards.map((card) => [card.key, { key: card.key, layer: card.layer, above: [], below: [], bend: false }]));
  const chains = [];
  for (const card of cards) {
    for (const need of card.needs) {
      if (nodes.has(need.step)) chains.push(chain(nodes, need.step, card.key, need.condition));
    }
  }
  const layers = [];
  for (const node of nodes.values()) (layers[node.layer] ??= []).push(node);
  const filled = layers.filter(Boolean);
  order(filled);
  place(filled);
  const top = Math.min(...[...nodes.values()].map((node) => node.y));
  for (const node of nodes.values()) node.y -= top;
  const columns = new Map(filled.map((layer, index) => [layer, index * (CARD.width + GAP.x)]));
  for (const layer of filled) for (const node of layer) node.x = columns.get(layer);
  const height = Math.max(...[...nodes.values()].map((node) => node.y + size(node)));
  return {
    width: filled.length * (CARD.width + GAP.x) - GAP.x,
    height,
    places: new Map(cards.map((card) => [card.key, { x: nodes.get(card.key).x, y: nodes.get(card.key).y }])),
    edges: chains.map(({ from, to, condition, through }) => ({ from, to, condition, path: curve(through) })),
  };
}

// An edge that passes over layers gets a bend in each of them, so that the layer makes room for it.
function chain(nodes, from, to, condition) {
  const through = [nodes.get(from)];
  const last = nodes.get(to);
  for (let layer = through[0].layer + 1; layer < last.layer; layer += 1) {
    const bend = { key: `${from}\u0000${to}\u0000${layer}`, layer, above: [], below: [], bend: true };
    nodes.set(bend.key, bend);
    through.push(bend);
  }
  through.push(last);
  for (let at = 1; at < through.length; at += 1) {
    through[at].above.push(through[at - 1]);
    through[at - 1].below.push(through[at]);
  }
  return { from, to, condition, through };
}

function size(node) {
  return node.bend ? BEND.height : CARD.height;
}

// Each node goes to the mean place of its neighbours, layer by layer, down and up.
function order(layers) {
  const number = () => layers.forEach((layer) => layer.forEach((node, index) => (node.index = index)));
  number();
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) {
      const side = down ? "above" : "below";
      for (const node of layer) {
        const near = node[side];
        node.want = near.length ? near.reduce((sum, each) => sum + each.index, 0) / near.length : node.index;
      }
      layer.sort((one, other) => one.want - other.want || one.index - other.index);
      layer.forEach((node, index) => (node.index = index));
    }
  }
}

function place(layers) {
  for (const layer of layers) {
    let y = 0;
    for (const node of layer) {
      node.y = y;
      y += size(node) + GAP.y;
    }
  }
  for (let sweep = 0; sweep < SWEEPS * 2; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) settle(layer, down ? "above" : "below");
  }
}

// Middles towards the mean of their neighbours' middles, without overlap and without a change of order.
function settle(layer, side) {
  const wanted = layer.map((node) => {
    const near = node[side];
    const middle = near.length
      ? near.reduce((sum, each) => sum + each.y + size(each) / 2, 0) / near.length
      : node.y + size(node) / 2;
    return middle - size(node) / 2;
  });
  // Blocks of touching nodes stand at the mean of what their members want.
  const blocks = [];
  layer.forEach((node, index) => {
    let block = { nodes: [node], offset: [0], length: size(node), want: [wanted[index]] };
    block.y = wanted[index];
    while (blocks.length && blocks.at(-1).y + blocks.at(-1).length + GAP.y > block.y) {
      const before = blocks.pop();
      const shift = before.length + GAP.y;
      block = {
        nodes: [...before.nodes, ...block.nodes],
        offset: [...before.offset, ...block.offset.map((each) => each + shift)],
        length: shift + block.length,
        want: [...before.want, ...block.want],
      };
      block.y = block.want.reduce((sum, want, at) => sum + want - block.offset[at], 0) / block.want.length;
    }
    blocks.push(block);
  });
  for (const block of blocks) block.nodes.forEach((node, at) => (node.y = block.y + block.offset[at]));
}

function curve(through) {
  const [first] = through;
  let x = first.x + CARD.width;
  let y = first.y + CARD.height / 2;
  let path = `M${x},${y}`;
  for (const node of through.slice(1)) {
    const toX = node.x;
    const toY = node.y + size(node) / 2;
    const half = (toX - x) / 2;
    path += ` C${x + half},${y} ${toX - half},${toY} ${toX},${toY}`;
    x = toX;
    y = toY;
    if (node.bend) {
      x += CARD.width;
      path += ` L${x},${y}`;
    }
  }
  return path;
}
