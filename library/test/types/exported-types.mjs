/**
 * Which types can a user of the built package not import? Reads `dist/**` + `.d.ts` with the
 * compiler API.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const LIBRARY = join(import.meta.dirname, '..', '..')
const DIST = join(LIBRARY, 'dist')

/**
 * Where a type may also come from, if it is not in the signature itself but inside of one that is.
 */
const HOMES = ['latchkey', 'latchkey/protocol']
const CLIENT_HOMES = ['latchkey/client', ...HOMES]

/** Type functions that the compiler evaluates: no signature shows them to anyone. */
const EVALUATED = join(DIST, 'http', 'infer-auth.d.ts')

/**
 * A line for each type of ours that a user meets and cannot import. A type in the signature of an
 * exported value must be exported by the same entry; one inside of such a type, by the entry or by
 * one of the entries that hold the package's common types.
 */
export async function missingTypes() {
  const { default: ts } = await import('typescript-5')
  const entries = entriesOf(JSON.parse(readFileSync(join(LIBRARY, 'package.json'), 'utf8')))
  const program = ts.createProgram([...entries.values()], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    skipLibCheck: true,
    noEmit: true,
    strict: true,
  })
  const checker = program.getTypeChecker()
  const exported = new Map(
    [...entries].map(([name, file]) => {
      const module = checker.getSymbolAtLocation(program.getSourceFile(file))
      return [
        name,
        checker.getExportsOfModule(module).map((symbol) => targetOf(ts, checker, symbol)),
      ]
    }),
  )
  return [...exported].flatMap(([name, symbols]) => {
    const homes = name.startsWith('latchkey/client') ? CLIENT_HOMES : HOMES
    const near = new Set([...symbols, ...homes.flatMap((home) => exported.get(home))])
    return missingFrom(ts, checker, symbols, near).map((line) => `${name}: ${line}`)
  })
}

function entriesOf({ name, exports }) {
  const withTypes = Object.entries(exports).filter(([, { types }]) => types !== undefined)
  return new Map(withTypes.map(([path, { types }]) => [name + path.slice(1), join(LIBRARY, types)]))
}

function missingFrom(ts, checker, symbols, near) {
  const own = new Set(symbols)
  const seen = new Set(symbols)
  const missing = []
  for (const symbol of symbols) {
    const isValue = (symbol.flags & ts.SymbolFlags.Value) !== 0
    visit(symbol, isValue ? own : near, symbol.name)
  }
  return missing

  function visit(symbol, importable, path) {
    for (const type of typesIn(ts, checker, symbol)) {
      const isKnown = importable.has(type)
      if (!isKnown && !missing.some((line) => line.startsWith(`${type.name} `)))
        missing.push(`${type.name} (in ${path})`)
      if (seen.has(type)) continue
      seen.add(type)
      visit(type, near, `${path} > ${type.name}`)
    }
  }
}

/** The types of this package that the declarations of a symbol name. */
function typesIn(ts, checker, symbol) {
  const found = new Set()
  const visit = (node) => {
    const name = ts.isTypeReferenceNode(node)
      ? node.typeName
      : ts.isExpressionWithTypeArguments(node)
        ? node.expression
        : ts.isImportTypeNode(node)
          ? node.qualifier
          : undefined
    const named = name && checker.getSymbolAtLocation(name)
    const type = named && targetOf(ts, checker, named)
    if (type !== undefined && isOurs(ts, type)) found.add(type)
    ts.forEachChild(node, visit)
  }
  for (const declaration of symbol.declarations ?? [])
    if (declaration.getSourceFile().fileName.startsWith(DIST)) visit(declaration)
  return found
}

function isOurs(ts, symbol) {
  return (symbol.declarations ?? []).some((declaration) => {
    const { fileName } = declaration.getSourceFile()
    return (
      fileName.startsWith(DIST) &&
      fileName !== EVALUATED &&
      !ts.isTypeParameterDeclaration(declaration)
    )
  })
}

function targetOf(ts, checker, symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}
