import { z } from 'zod'
import type { Authorize } from '../bus/principal.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { type Method, method } from './method.js'
import * as results from './results/views.js'
import { MAX_VIEW_NAME, MAX_VIEW_QUERY, type ViewStore } from './view-store.js'

export interface ViewMethodContext {
  views: ViewStore
  authorize: Authorize
}

/** Nothing that is not seen, and no blank at an end. */
const name = z
  .string()
  .max(MAX_VIEW_NAME)
  .regex(/^[^\p{C}\p{Z}]([^\p{C}\p{Zl}\p{Zp}]*[^\p{C}\p{Z}])?$/u, {
    error: 'a name has no blanks at its ends, and no characters that are not seen',
  })
  .describe('Name of the view, unique among those of its owner.')

/** Returns the methods for named views of the console. A view gives no rights: whoever opens it sees what they may see. */
export function viewMethods({ views, authorize }: ViewMethodContext): Method[] {
  return [
    method({
      name: 'views.list',
      summary: 'Lists the named views of the console: your own, and those that others share.',
      right: 'see',
      params: z.object({}),
      result: results.views,
      run: async ({ principal }) => ({ views: await views.list(principal.name) }),
    }),
    method({
      name: 'views.save',
      summary: 'Keeps a view of the console under a name.',
      right: 'see',
      params: z.object({
        name,
        query: z
          .string()
          .max(MAX_VIEW_QUERY)
          .describe('The part of the address of the console after the question mark.'),
        shared: z.boolean().default(false).describe('True if everybody sees it in the list.'),
        replace: z.boolean().default(false).describe('True if it replaces your view of that name.'),
      }),
      result: results.view,
      changes: ({ name, shared }) => ({ name, shared }),
      run: ({ principal: { name: owner } }, { name, query, shared, replace }) =>
        views.save({ name, owner, shared, query }, replace),
    }),
    method({
      name: 'views.rename',
      summary: 'Gives one of your named views another name.',
      right: 'see',
      params: z.object({ name, to: name }),
      result: results.view,
      changes: ({ name, to }) => ({ name, to }),
      run: ({ principal }, { name, to }) => views.rename(principal.name, name, to),
    }),
    method({
      name: 'views.delete',
      summary: 'Deletes one of your named views; with the right admin, also one of others.',
      right: ['see', 'admin'],
      params: z.object({
        name,
        owner: z.string().max(256).optional().describe('Its owner. Default: you.'),
      }),
      result: results.deletedView,
      changes: ({ name, owner }) => ({ name, owner }),
      run: async ({ principal }, { name, owner = principal.name }) => {
        if (owner !== principal.name && !authorize(principal, 'admin'))
          throw new TocsinError('TCN_ACCESS_DENIED', 'this needs the right admin', {
            details: { right: 'admin' },
          })
        await views.delete(owner, name)
        return { name, owner }
      },
    }),
  ]
}
