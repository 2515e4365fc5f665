/** Every text of the pages, in English. The type of `zh.ts` enforces the same shape. */

/** Numbers that an error text may contain. */
export interface MessageValues {
  min?: number
  max?: number
  /** Seconds until the next attempt is allowed. */
  seconds?: number
}

const inSeconds = (count: number): string => (count === 1 ? '1 second' : `${count} seconds`)

export const en = {
  layout: {
    skip: 'Skip to main content',
    pages: 'Main navigation',
    account: 'Account',
    tokens: 'Tokens',
    signOut: 'Sign out',
    language: 'Language',
    errorTitle: (title: string) => `Error: ${title}`,
    unreachable:
      'We cannot reach the server. You are still signed in, and this page will keep trying.',
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
    lead: 'All you need is a username and a password.',
    username: 'Username',
    usernameHint: 'Use this name to sign in.',
    password: 'Password',
    passwordHint: (min: number) =>
      `At least ${min} characters. A few unrelated words are easy to remember and hard to guess.`,
    submit: 'Create account',
    busy: 'Creating your account…',
    haveAccount: 'Already have an account?',
    signIn: 'Sign in',
  },

  password: {
    show: 'Show',
    hide: 'Hide',
    showLabel: 'Show password',
    hideLabel: 'Hide password',
  },

  /** Shown on the sign-in page: why the browser was sent there, by the `reason` in the address. */
  reasons: {
    session_signed_out: 'You have been signed out. Sign in again to continue.',
    refresh_token_reused:
      'We ended your session because an old refresh token was used again. Someone may have copied it. Sign in again, and change your password if this was not you.',
    session_idle:
      'You have been signed out because you were away for a long time. Sign in again to continue.',
    session_expired: 'Your session has reached its time limit. Sign in again to continue.',
    session_unknown: 'Your session no longer exists. Sign in again to continue.',
    token_missing: 'Sign in to see that page.',
    token_invalid: 'Your sign-in is no longer valid. Sign in again to see that page.',
    token_expired: 'Your sign-in has expired. Sign in again to see that page.',
    fresh_required:
      'That action requires a recent sign-in. Sign in again to confirm that it is you, then try again.',
    signed_out: 'You have signed out. See you soon.',
  },

  account: {
    title: 'Account',
    signedInAs: 'Signed in as',
    tokensLink: 'See how your tokens work',
    reusedTitle: 'One of your sessions may have been copied',
    reusedAdvice:
      'If this was not you, change your password now and sign out all of your other sessions.',
    notices: {
      password_changed:
        'Your password has been changed. All of your other sessions have been signed out.',
      session_ended: 'That session has been signed out.',
      others_ended: 'All of your other sessions have been signed out.',
    },

    sessions: 'Where you are signed in',
    thisDevice: 'This device',
    address: 'IP address',
    addressUnknown: 'unknown address',
    started: 'Signed in',
    lastUsed: 'Last active',
    endsAt: 'Expires no later than',
    signOut: 'Sign out',
    signOutOthers: 'Sign out everywhere else',
    noOthers: 'You are not signed in anywhere else.',

    endedSessions: 'Ended sessions',
    moreSessions: 'Show more sessions',
    olderSessions: (count: number) =>
      count === 1 ? 'Show 1 older session' : `Show ${count} older sessions`,

    changePassword: 'Change password',
    currentPassword: 'Current password',
    newPassword: 'New password',
    newPasswordHint: (min: number) => `At least ${min} characters.`,
    changePasswordSubmit: 'Change password',
  },

  /** Why a session ended, by its end reason. */
  ended: {
    'signed-out': 'Signed out.',
    'signed-out-everywhere': 'Signed out together with other sessions.',
    'password-changed': 'Signed out because the password was changed.',
    'too-many-sessions':
      'Signed out because there were too many sessions: it was not used for longest.',
    'ended-by-administrator': 'Ended by an administrator.',
    replaced: 'Replaced by a new sign-in in the same browser.',
    idle: 'Expired because it was not used for a long time.',
    expired: 'Expired because it reached its time limit.',
    reused: 'Ended for security: an old refresh token was used again.',
  },
  endedOther: (reason: string) => `Ended: ${reason}.`,
  endedFrom: (why: string, device: string) => `${why} Requested from ${device}.`,
  reuseDetails: (after: string, device: string, holder: string) =>
    `An old refresh token of this session was used again ${after} after it was replaced, from ${device}. The new token had been issued to ${holder}. Someone may have copied the old one, so we ended the session on every device.`,

  device: {
    unknown: 'Unknown device',
    programOn: (program: string, system: string) => `${program} on ${system}`,
    withAddress: (device: string, address: string) => `${device} (${address})`,
  },

  tokens: {
    title: 'Tokens',
    lead: 'Two tokens keep you signed in: a short-lived access token is sent with every request, and a long-lived refresh token gets the next pair. Watch them at work here.',

    access: 'Access token',
    accessLead:
      'Sent with every request. Its signature alone proves that it is valid, so it lasts only a few minutes.',
    timeLeft: 'Time left',
    expired: 'expired',
    header: 'Header',
    claims: 'Claims',
    claim: 'Claim',
    value: 'Value',

    refresh: 'Refresh token',
    refreshLead:
      'Sent only to renew. Each renewal replaces it, so a stolen copy is detected once both have been used.',
    generation: 'Generation',
    sessionId: 'Session ID',
    issued: 'Issued',
    idleEnd: 'Expires if not used',
    absoluteEnd: 'Expires no later than',
    httpOnly:
      'The token itself is in an HttpOnly cookie. No script can read it, not even those on this page.',

    actions: 'Actions',
    renew: 'Renew now',
    callProtected: 'Call /protected',
    signOut: 'Sign out',
    renewed: (generation: number) => `Renewed. This is now generation ${generation}.`,
    renewedSameGeneration: (generation: number) =>
      `You have a new access token. The refresh token of generation ${generation} was issued only moments ago, so it was not replaced.`,
    calledWithoutRenewal: 'The access token was still valid, so no renewal was needed.',
    calledAfterRenewal: (generation: number) =>
      `The access token was renewed for this request. This is now generation ${generation}.`,
    unreachable: 'The server did not respond. Nothing was lost. Try again in a moment.',

    activity: 'Session activity',
    activityLead: 'Everything that happens to this session, newest first.',
    live: 'Live',
    paused: 'Not live. Reload the page to see what is new.',
    noActivity: 'No activity yet.',
    noScript:
      'This page shows the state at the time it loaded. Turn on JavaScript to see live updates.',
  },

  /** What the claims of an access token mean. */
  claims: {
    sub: 'Who you are: the ID that the application uses for you.',
    sid: 'The session this token belongs to.',
    jti: 'The unique ID of this token.',
    iat: 'When it was issued.',
    nbf: 'When it becomes valid.',
    exp: 'When it expires.',
    fresh: 'True if it comes from a sign-in with a password, not from a renewal.',
    gen: 'The generation of the refresh token it was issued with.',
    iss: 'Who issued it.',
    client_id: 'The program that the token was issued to.',

    aud: 'Who it is meant for.',
    auth_time: 'When you signed in.',
    amr: 'How you signed in.',
    cnf: 'The key it is bound to. Without this key, nobody can use the token.',
  },
  claimOther: 'Added by the application.',

  events: {
    'signed-in': 'Signed in',
    refreshed: 'Renewed',
    repeated: 'Issued again',
    reused: 'Old token used again',
    recovered: 'Recovered',
    'signed-out': 'Signed out',
    expired: 'Expired',
  },
  eventHints: {
    'signed-in': 'The first pair of tokens was issued.',
    refreshed: 'The refresh token was replaced by a new one.',
    repeated:
      'The same refresh token was issued again: it was only moments old, two requests overlapped, or a response was lost.',
    reused:
      'A refresh token that had been replaced was used again. Someone may have copied it, so we ended the session on every device.',
    recovered:
      'The server had lost recent changes and continued from the newer token in the browser.',
    'signed-out': 'The tokens of this session no longer work.',
    expired: 'The session was not used for a long time, or it reached its time limit.',
  },
  eventOther: 'Other event',
  repeatedElsewhere: (device: string) =>
    `The same refresh token was also issued to ${device}, which is a different browser or address. If this was not you, sign out this session.`,

  /** Who requested a renewal. */
  requestedBy: {
    thisTab: 'This tab',
    start: 'This tab, when it opened',
    timer: 'This tab, automatically',
    request: 'This tab, for a request',
    button: 'This tab, when you clicked the button',
    anotherTab: 'Another tab in this browser',
    other: (device: string) => `Another program: ${device}`,
  },
  generationNumber: (generation: number) => `generation ${generation}`,

  renew: {
    title: 'One moment',
    lead: 'We are renewing your session. The page opens automatically.',
    failedTitle: 'Could not renew your session',
    failed:
      'We cannot reach the server. You are still signed in. Check your connection and try again.',
    retry: 'Try again',
    noScript: 'Select Continue to renew your session.',
    go: 'Continue',
  },

  problem: {
    code: 'Error code:',
    home: 'Go to your account',
    signIn: 'Sign in',
    titles: {
      '400': 'Invalid request',
      '401': 'Sign in required',
      '403': 'Request refused',
      '404': 'Page not found',
      '405': 'Request not supported',
      '413': 'Request too large',
      '429': 'Too many requests',
      '500': 'Something went wrong',
      '503': 'The server is busy',
    },
    titleOther: 'Something went wrong',
    leads: {
      '400': 'The request was incomplete or invalid. Go back, check the form and send it again.',
      '401': 'Sign in to see this page.',
      '403':
        'The request came from another site, or its origin could not be confirmed. Open the page on this site and try again.',
      '404':
        'There is no page at this address. It may have moved, or the link may be wrong. Check the address and try again.',
      '405':
        'This address does not support that type of request. Go back and use the links and buttons on the page.',
      '413': 'What you sent is larger than this server accepts. Shorten it and try again.',
      '429': 'There were too many requests in a short time. Wait a moment, then try again.',
      '500': 'The problem is on our side and has been logged. Try again in a moment.',
      '503': 'Nothing was lost. Try again in a moment.',
    },
    leadOther: 'Go back and try again.',
  },

  /** One text for each error code that a response can have. */
  errors: {
    token_missing: 'Sign in first.',
    token_invalid: 'Your sign-in is no longer valid. Sign in again.',
    token_expired: 'Your sign-in has expired. Reload the page to renew it.',
    token_type_invalid: 'The wrong type of token was sent. Sign in again.',
    fresh_required: 'This action requires a recent sign-in. Sign in again, then try again.',
    reauthentication_required:
      'This action requires a recent sign-in. Sign in again, then try again.',
    session_signed_out: 'This session was signed out. Sign in again.',
    refresh_token_reused:
      'We ended this session because an old refresh token was used again. Someone may have copied it. Sign in again.',
    session_idle: 'This session was not used for a long time and has expired. Sign in again.',
    session_expired: 'This session has reached its time limit. Sign in again.',
    session_unknown: 'This session no longer exists. Sign in again.',
    csrf_refused:
      'The request came from another site, or its origin could not be confirmed. Reload this page and try again.',
    request_invalid: 'The form could not be read. Fill in every field and try again.',
    not_found: 'We could not find that. Check the address and try again.',
    method_not_allowed:
      'This address does not support that type of request. Go back and try again.',
    body_too_large: 'What you sent is too large. Shorten it and try again.',
    media_type_unsupported:
      'This type of content is not supported. Reload the page and use its form.',
    temporarily_unavailable: 'The server is busy. Nothing was lost. Try again in a moment.',
    session_mismatch:
      'There has been a new sign-in in this browser since you opened this page. Reload it.',
    ticket_invalid: 'This link works only once and for a short time. Go back and try again.',
    credentials_invalid: 'Incorrect username or password. Try again.',
    registration_closed: 'New accounts cannot be created here.',
    invitation_invalid:
      'You need an invitation to create an account. Yours has expired, was used, or is not valid.',
    username_taken: 'This username is already taken. Choose another.',
    username_invalid: 'Use 1 to 64 visible characters, with no space at the start or end.',
    username_mixed: 'Use letters of one script only in the username.',
    username_reserved: 'This username is reserved for whoever runs this service. Choose another.',
    password_too_short: ({ min }: MessageValues) =>
      min === undefined
        ? 'This password is too short. Choose a longer one.'
        : `Use at least ${min} characters for the password.`,
    password_too_long: ({ max }: MessageValues) =>
      max === undefined
        ? 'This password is too long. Choose a shorter one.'
        : `Use at most ${max} characters for the password.`,
    password_common:
      'This password is easy to guess: a common password or word, or a row of keys. Choose another.',
    password_personal:
      'This password is little more than your username or the name of this service. Choose another.',
    password_unchanged: 'The new password is the same as the current one. Choose another.',
    too_many_attempts: ({ seconds }: MessageValues) =>
      seconds === undefined
        ? 'Too many attempts. Wait a moment, then try again.'
        : `Too many attempts. Try again in ${inSeconds(seconds)}.`,
    current_password_invalid: 'The current password is incorrect. Try again.',
    invalid_client: 'This client is unknown, or its secret is wrong.',
    invalid_request: 'The request was not understood.',
    too_many_streams: 'This page is open in too many tabs. Close some of them, then reload.',
    internal_error: 'Something went wrong on our side and has been logged. Try again in a moment.',
    unreachable: 'We cannot reach the server. Check your connection and try again.',
  },
}

/** The shape of `T` with any string in place of each literal. */
type SameShape<T> = T extends string
  ? string
  : T extends (...values: infer A) => string
    ? (...values: A) => string
    : { [K in keyof T]: SameShape<T[K]> }

export type Texts = SameShape<typeof en>
