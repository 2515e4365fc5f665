/** The scripts that people write today (UAX 31, tables 5 and 7), Latin first. */
const SCRIPTS = `
  Latin Greek Cyrillic Armenian Hebrew Arabic Thaana Devanagari Bengali Gurmukhi Gujarati Oriya
  Tamil Telugu Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Georgian Hangul Ethiopic Khmer
  Han Bopomofo Hiragana Katakana Cherokee Canadian_Aboriginal Mongolian Syriac Nko Tifinagh Yi
  Vai Adlam Balinese Javanese Sundanese Batak Buginese Lisu Osage Ol_Chiki Meetei_Mayek Newa
  Hanifi_Rohingya Nyiakeng_Puachue_Hmong Wancho Chakma Cham Kayah_Li Lepcha Limbu New_Tai_Lue
  Tai_Le Tai_Tham Tai_Viet Saurashtra Syloti_Nagri Bamum Mandaic Miao
`
  .trim()
  .split(/\s+/)

/** Scripts that are written together (UTS 39, section 5.2, "Highly Restrictive"). */
const MIXTURES = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
]

const SYSTEMS = [...SCRIPTS.map((script) => [script]), ...MIXTURES].map((scripts) => {
  const properties = [...scripts, 'Common', 'Inherited'].map((script) => `\\p{scx=${script}}`)
  return new RegExp(`^[${properties.join('')}]*$`, 'u')
})

/**
 * Returns true if all letters of a name belong to one script, or to scripts that are written
 * together: a Cyrillic letter in a Latin name can only be there to deceive.
 */
export const isOfOneWritingSystem = (name: string): boolean =>
  SYSTEMS.some((system) => system.test(name))
