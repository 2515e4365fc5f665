/** A bar chart as SVG. The scale is logarithmic: the figures differ by orders of magnitude. */
export function barChart(
  title: string,
  bars: ReadonlyArray<readonly [label: string, value: number]>,
  unit: string,
): string {
  const shown = bars.filter(([, value]) => value > 0)
  const [low, high] = [
    Math.min(...shown.map(([, value]) => value)) / 1.5,
    Math.max(...shown.map(([, value]) => value)),
  ]
  const [left, wide, line] = [300, 420, 22]
  const lengthOf = (value: number): number =>
    Math.max(2, (Math.log(value / low) / Math.log(high / low)) * wide)
  const rows = shown.map(([label, value], at) => {
    const y = 44 + at * line
    const figure = value >= 100 ? value.toFixed(0) : value.toFixed(2)
    return [
      `<text x="${left - 8}" y="${y + 12}" text-anchor="end">${escape(label)}</text>`,
      `<rect x="${left}" y="${y}" width="${lengthOf(value).toFixed(0)}" height="15" rx="2" ` +
        `fill="${LATCHKEY.test(label) ? '#2f6f4f' : '#b8b4aa'}"/>`,
      `<text x="${left + lengthOf(value) + 6}" y="${y + 12}">${figure}${unit}</text>`,
    ].join('')
  })
  const height = 56 + shown.length * line
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 820 ${height}" ` +
      'font-family="system-ui, sans-serif" font-size="12" fill="#3b3a36">',
    `<rect width="820" height="${height}" fill="#fbfaf7"/>`,
    `<text x="16" y="26" font-size="15" font-weight="600">${escape(title)}</text>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n')
}

const LATCHKEY = /latchkey/i

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
