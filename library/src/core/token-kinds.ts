/**
 * The `typ` header of each kind of token. The values differ, so that one kind is never accepted in
 * place of another (RFC 8725, section 3.11). `at+jwt` is from RFC 9068, section 2.1.
 */
export const TOKEN_TYPES = { access: 'at+jwt', refresh: 'rt+jwt' } as const

export type TokenKind = keyof typeof TOKEN_TYPES

export const TOKEN_KINDS = Object.keys(TOKEN_TYPES) as TokenKind[]
