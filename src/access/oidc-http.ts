/** Time that an issuer has for an answer, ms. */
export const TIMEOUT = 5000
const MAX_ANSWER = 256 * 1024

/** Loads the client for HTTP, which takes some tens of milliseconds: at the start, instead of with the first login. */
export function loadClient(): void {
  void globalThis.Headers
}

/** Asks an issuer, and reads a bounded answer. Rejects unless it has one of these statuses. */
export async function ask(
  url: string,
  options: RequestInit,
  accepted: readonly number[] = [200],
): Promise<Response> {
  const response = await fetch(url, options)
  const { status } = response
  if (!accepted.includes(status)) throw new Error(`it answers ${status}`)
  return new Response(await bounded(response), { status })
}

async function bounded({ body }: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  if (body !== null) {
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      bytes += chunk.length
      if (bytes > MAX_ANSWER) throw new Error(`it answers with more than ${MAX_ANSWER} bytes`)
      chunks.push(chunk)
    }
  }
  return Buffer.concat(chunks)
}

/** An answer without TLS could come from anybody, except on this machine. */
export function isSafe(url: unknown): url is string {
  return (
    typeof url === 'string' &&
    /^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])[:/])/.test(url) &&
    URL.canParse(url)
  )
}
