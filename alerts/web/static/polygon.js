// Corners of an area, [x, y] as fractions of the picture. The same faults are found here as by the
// program that reads the file, but at once and beside the corner.

const AREA_MIN = 1e-6;
export const POINTS_MAX = 64;

export const round = (value) => Math.round(Math.min(1, Math.max(0, value)) * 10000) / 10000;

// The key of the words for what is wrong, with the corners it is about (counted from 1), or null.
export function problem(points) {
  if (points.length < 3) return { key: "zones.few", values: { n: points.length } };
  if (points.length > POINTS_MAX) return { key: "zones.many", values: { n: points.length } };
  for (let one = 0; one < points.length; one += 1) {
    for (let other = one + 1; other < points.length; other += 1) {
      if (meet(points, one, other)) return { key: "zones.crosses", values: { a: one + 1, b: other + 1 } };
    }
  }
  if (Math.abs(signedArea(points)) < AREA_MIN) return { key: "zones.flat", values: {} };
  return null;
}

export function signedArea(points) {
  return points.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = points[(index + 1) % points.length];
    return sum + (x * nextY - nextX * y) / 2;
  }, 0);
}

// Whether the sides that begin at two corners meet elsewhere than at the corner they share.
function meet(points, one, other) {
  const count = points.length;
  const [a, b] = [points[one], points[(one + 1) % count]];
  const [c, d] = [points[other], points[(other + 1) % count]];
  if (same(a, b) || same(c, d)) return true;
  if ((one + 1) % count === other) return folds(a, b, d);
  if ((other + 1) % count === one) return folds(c, d, b);
  const [abc, abd, cda, cdb] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  if (abc !== abd && cda !== cdb) return true;
  return (abc === 0 && within(a, b, c)) || (abd === 0 && within(a, b, d)) || (cda === 0 && within(c, d, a)) || (cdb === 0 && within(c, d, b));
}

const same = (a, b) => a[0] === b[0] && a[1] === b[1];
// Two sides with a corner in common, of which one runs back over the other.
const folds = (a, corner, d) => side(a, corner, d) === 0 && (a[0] - corner[0]) * (d[0] - corner[0]) + (a[1] - corner[1]) * (d[1] - corner[1]) > 0;
const side = (a, b, c) => {
  const turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
  return Math.abs(turn) < 1e-12 ? 0 : Math.sign(turn);
};
const within = (a, b, c) => c[0] >= Math.min(a[0], b[0]) && c[0] <= Math.max(a[0], b[0]) && c[1] >= Math.min(a[1], b[1]) && c[1] <= Math.max(a[1], b[1]);
