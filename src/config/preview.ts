/** Parts of Tocsin that are not complete. Only a process that names them in TOCSIN_PREVIEW, with commas between them, has them. */
export type Preview = 'cluster' | 'console'

export function isPreviewed(part: Preview): boolean {
  return (process.env.TOCSIN_PREVIEW ?? '').split(',').includes(part)
}
