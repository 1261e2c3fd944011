import { type Route, route } from '../route.js'
import { welcomePage, welcomePolicy } from './welcome-page.js'

/** `GET /`: says what answers here and how to get a token. It tells nothing about this hub. */
export const welcomeRoute: Route = route({
  method: 'GET',
  path: '/',
  summary: 'Returns a page that says what this is and how to get a token.',
  right: 'none',
  isPage: true,
  answers: { 200: { description: 'The page.', type: 'text/html' } },
  handle: ({ reply }) => {
    void reply.headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': welcomePolicy,
      'referrer-policy': 'no-referrer',
    })
    return welcomePage
  },
})
