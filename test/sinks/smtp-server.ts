import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

/** A server that speaks SMTP (RFC 5321) as far as a client that sends mail needs it. */
export class SmtpServer implements AsyncDisposable {
  readonly mails: { from: string; to: string[]; text: string }[] = []
  /** The answer to a command instead of the usual one. */
  answer: (command: string) => string | undefined = () => undefined
  /** The answer to a recipient instead of the usual one. */
  recipient: (address: string) => string | undefined = () => undefined
  /** A mail with the word gets the answer, or the connection ends at it. */
  refuses: { word: string; answer: string | undefined } | undefined
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  logins: string[] = []

  private constructor(tls: { cert: Buffer; key: Buffer } | undefined) {
    const serve = (socket: Socket) => this.#serve(socket)
    this.#server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve)
  }

  static async start(tls?: { cert: Buffer; key: Buffer }): Promise<SmtpServer> {
    const server = new SmtpServer(tls)
    await new Promise<void>((done) => void server.#server.listen(0, '127.0.0.1', done))
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((done) => void this.#server.close(() => done()))
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    const mail = { from: '', to: [] as string[], text: '' }
    let [rest, isData] = ['', false]
    const say = (line: string) => void socket.write(`${line}\r\n`)
    const take = (line: string) => {
      if (isData) {
        if (line !== '.') mail.text += `${line.replace(/^\./, '')}\n`
        else {
          isData = false
          const isRefused = this.refuses !== undefined && mail.text.includes(this.refuses.word)
          if (isRefused && this.refuses?.answer === undefined) return void socket.destroy()
          const answer = isRefused ? this.refuses?.answer : this.answer('END')
          if (answer === undefined) this.mails.push({ ...mail, to: [...mail.to] })
          say(answer ?? '250 taken')
        }
        return
      }
      const [verb] = line.toUpperCase().split(' ')
      const special = this.answer(verb)
      if (special !== undefined) return say(special)
      if (verb === 'STARTTLS') return say('502 not here')
      if (verb === 'EHLO') return say('250-here\r\n250-AUTH PLAIN\r\n250 8BITMIME')
      if (verb === 'AUTH') this.logins.push(Buffer.from(line.split(' ')[2], 'base64').toString())
      if (verb === 'MAIL') mail.from = /<(.*?)>/.exec(line)?.[1] ?? ''
      if (verb === 'RCPT') {
        const address = /<(.*?)>/.exec(line)?.[1] ?? ''
        const refusal = this.recipient(address)
        if (refusal !== undefined) return say(refusal)
        mail.to.push(address)
      }
      if (verb === 'DATA') isData = true
      say(verb === 'DATA' ? '354 go on' : verb === 'AUTH' ? '235 welcome' : '250 ok')
    }
    socket.on('error', () => {})
    socket.on('data', (piece) => {
      const lines = (rest + piece).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) take(line)
    })
    const greeting = this.answer('GREETING') ?? '220 ready'
    if (greeting !== '') say(greeting)
  }
}
