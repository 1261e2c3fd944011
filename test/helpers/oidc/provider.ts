import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

/** Of the client `with-secret`. The client `console` has none. */
export const CLIENT_SECRET = 'a secret: with odd/characters + 100 %'

/** A process that is an OpenID Connect provider. `olga` is an operator there, and everybody else is not. */
export class OidcProvider implements AsyncDisposable {
  readonly url: string
  readonly #process: ChildProcess

  private constructor(url: string, process: ChildProcess) {
    this.url = url
    this.#process = process
  }

  static async start(): Promise<OidcProvider> {
    const program = fileURLToPath(new URL('provider.mjs', import.meta.url))
    const child = spawn(process.execPath, [program], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, CLIENT_SECRET },
    })
    const [line] = await once(createInterface(child.stdout), 'line')
    return new OidcProvider(line, child)
  }

  /** It takes connections, and answers nothing. */
  freeze(): void {
    this.#process.kill('SIGSTOP')
  }

  thaw(): void {
    this.#process.kill('SIGCONT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
  }
}

/** Fills in the pages of the provider. */
export async function logInAt(page: Page, name: string): Promise<void> {
  await page.getByPlaceholder('Enter any login').fill(name)
  await page.getByPlaceholder('and password').fill('any password')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
}
