/** The identity of the visitor, as the server has rendered it. */
export const useUser = () => useState<string>('user')
