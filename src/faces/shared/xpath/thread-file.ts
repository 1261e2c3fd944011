/** The program of the thread. The single executable replaces this module, since it has the program beside it. */
export const threadFile = new URL('./thread.js', import.meta.url)
