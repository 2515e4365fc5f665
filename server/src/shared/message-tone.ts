/** How urgent a message or an event is. Pages give each tone a color. */
export type Tone = 'info' | 'good' | 'warning' | 'danger'
