// SPDX-License-Identifier: Apache-2.0
// A picture of the browser as a PNG with a palette, a third of its size. Of 256 colours: those that most pixels have, in cubes of
// five bits a channel, and every pixel the nearest of them.
import { deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
const COLOURS_MAX = 256;
const RGB = 2;
const RGBA = 6;

function* chunksOf(png) {
  for (let at = SIGNATURE.length; at < png.length;) {
    const size = png.readUInt32BE(at);
    yield { type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + size) };
    at += 12 + size;
  }
}

function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

// Rows without their filters.
function unfilter(raw, stride, height, step) {
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const value = raw[y * (stride + 1) + 1 + x];
      const left = x >= step ? out[y * stride + x - step] : 0;
      const up = y > 0 ? out[(y - 1) * stride + x] : 0;
      const corner = x >= step && y > 0 ? out[(y - 1) * stride + x - step] : 0;
      const added = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      out[y * stride + x] = (value + added) & 255;
    }
  }
  return out;
}

function decode(png) {
  const parts = [...chunksOf(png)];
  const head = parts.find((part) => part.type === 'IHDR').data;
  const [width, height, depth, kind, interlaced] = [head.readUInt32BE(0), head.readUInt32BE(4), head[8], head[9], head[12]];
  if (depth !== 8 || (kind !== RGB && kind !== RGBA) || interlaced !== 0) throw new Error('a PNG of another kind');
  const step = kind === RGB ? 3 : 4;
  const raw = inflateSync(Buffer.concat(parts.filter((part) => part.type === 'IDAT').map((part) => part.data)));
  return { width, height, step, pixels: unfilter(raw, width * step, height, step) };
}

function cube(pixels, at) {
  return ((pixels[at] >> 3) << 10) | ((pixels[at + 1] >> 3) << 5) | (pixels[at + 2] >> 3);
}

// The mean colours of the fullest cubes.
function choose({ pixels, step }) {
  const cubes = new Map();
  for (let at = 0; at < pixels.length; at += step) {
    const key = cube(pixels, at);
    const sum = cubes.get(key) ?? { count: 0, colour: [0, 0, 0] };
    sum.count++;
    for (let channel = 0; channel < 3; channel++) sum.colour[channel] += pixels[at + channel];
    cubes.set(key, sum);
  }
  return [...cubes.values()].sort((a, b) => b.count - a.count).slice(0, COLOURS_MAX)
    .map(({ count, colour }) => colour.map((channel) => Math.round(channel / count)));
}

function nearest(palette, pixels, at) {
  let best = 0;
  let least = Infinity;
  for (const [index, colour] of palette.entries()) {
    const far = (colour[0] - pixels[at]) ** 2 + (colour[1] - pixels[at + 1]) ** 2 + (colour[2] - pixels[at + 2]) ** 2;
    if (far < least) [best, least] = [index, far];
  }
  return best;
}

function checksum(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(checksum(body), body.length + 4);
  return out;
}

export function withPalette(png) {
  const picture = decode(png);
  const { width, height, step, pixels } = picture;
  const palette = choose(picture);
  const known = new Map();
  const rows = Buffer.alloc((width + 1) * height); // each row begins with its filter: none
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * step;
      const colour = (pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2];
      if (!known.has(colour)) known.set(colour, nearest(palette, pixels, at));
      rows[y * (width + 1) + 1 + x] = known.get(colour);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([SIGNATURE, chunk('IHDR', head), chunk('PLTE', Buffer.from(palette.flat())), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}
