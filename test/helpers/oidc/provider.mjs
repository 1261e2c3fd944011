// A real OpenID Connect provider with pages of its own, as a process. It prints its URL when it listens.
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

const server = createServer()
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const issuer = `http://127.0.0.1:${server.address().port}`

// Programs on loopback may have any port (RFC 8252, 7.3), and tests listen on free ones.
const client = {
  application_type: 'native',
  redirect_uris: ['http://127.0.0.1/v1/session/oidc/callback'],
  grant_types: ['authorization_code'],
}
const provider = new Provider(issuer, {
  clients: [
    { ...client, client_id: 'console', token_endpoint_auth_method: 'none' },
    { ...client, client_id: 'with-secret', client_secret: process.env.CLIENT_SECRET },
  ],
  conformIdTokenClaims: false,
  claims: { openid: ['sub'], profile: ['groups'] },
  cookies: { keys: ['for tests'] },
  features: { devInteractions: { enabled: true } },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, groups: id === 'olga' ? ['people', 'operators'] : ['people'] }),
  }),
})
server.on('request', provider.callback())
process.stdout.write(`${issuer}\n`)
