/** Every text of the pages. `zh.ts` has the same shape, which its type enforces. */

/** Numbers that a message may name. */
export interface Values {
  min?: number
  max?: number
  /** Seconds until another try is welcome. */
  seconds?: number
}

const seconds = (count: number): string => (count === 1 ? '1 second' : `${count} seconds`)

export const en = {
  layout: {
    skip: 'Skip to content',
    pages: 'Your pages',
    account: 'Account',
    tokens: 'Tokens',
    signOut: 'Sign out',
    language: 'Language',
    error: 'Error',
    unreachable:
      'The server cannot be reached at the moment. You are still signed in, and this page keeps trying.',
  },

  signIn: {
    title: 'Sign in',
    lead: 'Welcome back.',
    username: 'Username',
    password: 'Password',
    submit: 'Sign in',
    busy: 'Signing in…',
    noAccount: 'New here?',
    register: 'Create an account',
  },

  register: {
    title: 'Create an account',
    lead: 'A username and a password are all it takes.',
    username: 'Username',
    usernameHint: 'This is what you sign in with.',
    password: 'Password',
    passwordHint: (min: number) =>
      `At least ${min} characters. A few words that only you would put together are easy to remember and hard to guess.`,
    submit: 'Create account',
    busy: 'Creating your account…',
    haveAccount: 'Have an account already?',
    signIn: 'Sign in',
  },

  password: {
    show: 'Show',
    hide: 'Hide',
    showLabel: 'Show password',
    hideLabel: 'Hide password',
  },

  /** Said on the sign-in page to somebody who was brought there. */
  reasons: {
    session_signed_out: 'You were signed out. Sign in again to go on.',
    refresh_token_reused:
      'We ended your session because an old refresh token of it was used again: somebody may have copied it. Sign in again, and change your password if you cannot explain it.',
    session_idle:
      'You were away for a long time, so your session has ended. Sign in again to go on.',
    session_expired: 'Your session has reached its last day. Sign in again to start a new one.',
    session_unknown: 'Your session is no longer known here. Sign in again to go on.',
    token_missing: 'Sign in to see that page.',
    token_invalid: 'Sign in again to see that page.',
    token_expired: 'Sign in again to see that page.',
    fresh_required:
      'That needs a recent sign-in. Sign in again to show that it is you, and repeat it.',
    signed_out: 'You are signed out. See you soon.',
  },

  account: {
    title: 'Account',
    signedInAs: 'Signed in as',
    tokensLink: 'Watch your tokens at work',
    reusedTitle: 'A session of yours may have been copied',
    reusedAdvice:
      'If none of this was you, change your password now and sign out all other sessions.',
    notices: {
      password_changed: 'Your password has been changed.',
      session_ended: 'That session has been signed out.',
      others_ended: 'All other sessions have been signed out.',
    },

    sessions: 'Where you are signed in',
    thisDevice: 'This device',
    address: 'Address',
    addressUnknown: 'unknown address',
    started: 'Signed in',
    lastUsed: 'Last used',
    endsAt: 'Ends at the latest',
    signOut: 'Sign out',
    signOutOthers: 'Sign out all others',
    onlyThis: 'You are signed in nowhere else.',

    endedSessions: 'Ended sessions',
    olderSessions: (count: number) =>
      count === 1 ? 'Show 1 older session' : `Show ${count} older sessions`,

    changePassword: 'Change password',
    currentPassword: 'Current password',
    newPassword: 'New password',
    newPasswordHint: (min: number) => `At least ${min} characters.`,
    changePasswordSubmit: 'Change password',
  },

  /** Why a session ended. */
  ended: {
    'signed-out': 'Signed out.',
    'signed-out-everywhere': 'Signed out together with your other sessions.',
    'password-changed': 'Signed out because the password was changed.',
    'ended-by-administrator': 'Ended by an administrator.',
    replaced: 'Replaced by a new sign-in in the same browser.',
    idle: 'Not used for too long.',
    expired: 'Reached its last day.',
    reused: 'Ended by us: an old refresh token was used again.',
  },
  repeatedElsewhere: (device: string) =>
    `The same refresh token was given once more, to ${device}: another browser or another address than the one that holds it. If that was not you, sign this session out.`,
  endedOther: (reason: string) => `Ended: ${reason}`,
  endedFrom: (why: string, device: string) => `${why} Asked for from ${device}.`,
  details: (after: string, device: string, holder: string) =>
    `An old refresh token of this session was presented again ${after} after it was replaced, from ${device}; the newer one had gone to ${holder}. Someone may have copied it. We ended the session for everybody who held it.`,

  device: {
    unknown: 'Unknown device',
    programOn: (program: string, system: string) => `${program} on ${system}`,
    at: (device: string, address: string) => `${device}, ${address}`,
  },

  tokens: {
    title: 'Tokens',
    lead: 'Two tokens keep you signed in: a short one that opens doors, and a long one that fetches the next pair. Here you can watch them work.',

    access: 'Access token',
    accessLead:
      'Sent with every request. Checked by its signature alone, so it lives only for minutes.',
    timeLeft: 'Time left',
    expired: 'expired',
    header: 'Header',
    claims: 'Claims',
    claim: 'Claim',
    value: 'Value',

    refresh: 'Refresh token',
    refreshLead:
      'Sent only to renew. Each renewal replaces it, so a copy is noticed as soon as both are used.',
    generation: 'Generation',
    sessionId: 'Session',
    issued: 'Handed out',
    idleEnd: 'Ends if not used',
    absoluteEnd: 'Ends at the latest',
    sealed:
      'The token itself is in an HttpOnly cookie. No script can read it, not even the one on this page.',

    actions: 'Try it',
    renew: 'Renew now',
    callProtected: 'Call /protected',
    signOut: 'Sign out',
    renewed: (generation: number) => `Renewed: this is generation ${generation}.`,
    renewedSame: (generation: number) =>
      `Generation ${generation} is too young to be replaced, so the server handed it out again with a new access token.`,
    calledWithout: 'The access token was still good: no renewal was needed.',
    calledWith: (generation: number) =>
      `The access token was renewed for this request: generation ${generation}.`,
    unreachable: 'The server did not answer. Nothing is lost: try again in a moment.',

    renewals: 'Renewals',
    renewalsLead: 'Everything that happens to this session, the newest first.',
    live: 'Live',
    paused: 'Not live: reload the page to see what is new.',
    nothing: 'Nothing yet.',
    noScript:
      'This page shows the state at the time it was loaded. With JavaScript it would follow along.',
  },

  /** What the claims of an access token mean. */
  claims: {
    sub: 'Who you are: the identity that the application chose.',
    sid: 'The session that this token belongs to.',
    jti: 'A name for this one token, unlike any other.',
    iat: 'When it was issued.',
    nbf: 'When it starts to be accepted.',
    exp: 'When it stops being accepted.',
    fresh: 'True when it came from a sign-in with a password, not from a renewal.',
    gen: 'The generation that it was made with.',
    iss: 'Who issued it.',
    aud: 'Whom it is meant for.',
    auth_time: 'When you last gave your password.',
    cnf: 'The key that the token belongs to: without it the token opens nothing.',
  },
  claimOther: 'Added by the application.',

  events: {
    'signed-in': 'Signed in',
    refreshed: 'Renewed',
    repeated: 'Handed out again',
    reused: 'Old token used again',
    healed: 'Continued from a newer token',
    'signed-out': 'Signed out',
    expired: 'Ended by time',
  },
  eventHints: {
    'signed-in': 'The first pair of tokens.',
    refreshed: 'The refresh token was replaced by the next one.',
    repeated:
      'Two requests crossed, or an answer was lost: the same refresh token was given once more.',
    reused:
      'A refresh token that had been replaced came back: someone may have copied it. The session ended for everybody.',
    healed: 'The server had lost some writes and went on from what the browser held.',
    'signed-out': 'All tokens of this session have stopped working.',
    expired: 'The session was not used for too long, or reached its last day.',
  },
  eventOther: 'Something happened',

  /** Who asked for a renewal. */
  asked: {
    thisTab: 'This tab',
    start: 'This tab, when it was opened',
    timer: 'This tab, by its timer',
    request: 'This tab, because a request needed it',
    button: 'This tab, because you pressed the button',
    anotherTab: 'Another tab of this browser',
    other: (device: string) => `Another program: ${device}`,
  },
  generationNumber: (generation: number) => `generation ${generation}`,

  renew: {
    title: 'One moment',
    lead: 'Your access is being renewed. You will be taken on at once.',
    failedTitle: 'Not just now',
    failed:
      'The server cannot be reached, so your access could not be renewed. You are still signed in.',
    retry: 'Try again',
    noScript: 'Press the button to go on.',
    go: 'Continue',
  },

  problem: {
    code: 'Code',
    home: 'Go to your account',
    signIn: 'Sign in',
    titles: {
      '400': 'That could not be read',
      '401': 'Please sign in',
      '403': 'That was refused',
      '404': 'Nothing here',
      '405': 'Not this way',
      '413': 'That is too much',
      '429': 'A little slower, please',
      '500': 'Something broke on our side',
      '503': 'Busy for a moment',
    },
    titleOther: 'That did not work',
    leads: {
      '400': 'The request was not complete. Go back, check the form and send it again.',
      '401': 'This page is for people who are signed in.',
      '403':
        'The request came from somewhere else, or did not say where it came from. Open the page here and try again.',
      '404':
        'There is no page at this address. It may have moved, or the link may have a slip in it.',
      '405': 'This address does not take that kind of request.',
      '413': 'What was sent is larger than this server accepts.',
      '429': 'There were too many requests in a short time. Wait a little, then try again.',
      '500': 'It is not your fault, and it has been noted. Try again in a moment.',
      '503': 'The server is busy and nothing was lost. Try again in a moment.',
    },
    leadOther: 'Go back and try again.',
  },

  /** One text for each code that an answer can carry. */
  errors: {
    token_missing: 'Sign in first.',
    token_invalid: 'Your sign-in was not accepted any more. Sign in again.',
    token_expired: 'Your access has run out. Reload the page to renew it.',
    token_type_invalid: 'A token of another kind belongs here.',
    fresh_required: 'This needs a recent sign-in. Sign in again, and repeat it.',
    session_signed_out: 'This session was signed out. Sign in again.',
    refresh_token_reused:
      'This session was ended because an old refresh token was used again: somebody may have copied it. Sign in again.',
    session_idle: 'This session was not used for too long and has ended. Sign in again.',
    session_expired: 'This session has reached its last day. Sign in again.',
    session_unknown: 'There is no such session any more.',
    csrf_refused:
      'The request came from another site, or did not say where it came from. Reload this page and send it again.',
    request_invalid: 'The form could not be read. Fill in every field and send it again.',
    not_found: 'There is nothing here by that name.',
    method_not_allowed: 'This address does not take that kind of request.',
    body_too_large: 'What was sent is too large.',
    media_type_unsupported: 'What was sent has a type that is not accepted here.',
    temporarily_unavailable: 'The server is busy for a moment and nothing was lost. Send it again.',
    session_mismatch: 'Somebody has signed in since this page was made. Load it again.',
    ticket_invalid:
      'This address could be used once, and only for a moment. Go back and try again.',
    credentials_invalid: 'The username or the password is not right.',
    username_taken: 'Somebody has this username already. Choose another.',
    username_invalid:
      'A username has 1 to 64 characters that can be seen, and no space at either end. Choose another.',
    password_too_short: ({ min }: Values) =>
      min === undefined
        ? 'This password is too short.'
        : `Use at least ${min} characters for the password.`,
    password_too_long: ({ max }: Values) =>
      max === undefined
        ? 'This password is too long.'
        : `Use at most ${max} characters for the password.`,
    password_common:
      'Many people use this password, so it is among the first to be guessed. Choose another.',
    too_many_attempts: ({ seconds: count }: Values) =>
      count === undefined
        ? 'Too many attempts. Wait a little, then try again.'
        : `Too many attempts. Try again in ${seconds(count)}.`,
    current_password_wrong: 'The current password is not right.',
    too_many_streams: 'This page is open too many times. Close one, or try again later.',
    internal: 'Something broke on our side, and it has been noted. Try again in a moment.',
    unreachable: 'The server cannot be reached. Check your connection and try again.',
  },
}

type Same<T> = T extends string
  ? string
  : T extends (...values: infer A) => string
    ? (...values: A) => string
    : { [K in keyof T]: Same<T[K]> }

export type Texts = Same<typeof en>
