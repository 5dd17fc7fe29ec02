/** The page for people, and what it is dressed with. */
import { ASSETS } from '../../page/assets.js';
import { overview } from '../pages.js';
import { HttpProblem } from '../problem.js';
import { type Route, textOf } from '../route.js';
import { FILTERS } from './jobs.js';

export const PAGES: readonly Route[] = [
  {
    method: 'get',
    path: '/',
    role: 'read',
    operation: {
      id: 'getPage',
      summary: 'A page for people: clusters, and jobs by filter',
      parameters: FILTERS,
      answers: {
        200: { description: 'The page.', content: { 'text/html': { schema: { type: 'string' } } } },
      },
      problems: [400],
    },
    handle: overview,
  },
  {
    method: 'get',
    path: '/assets/{name}',
    role: 'anyone',
    operation: {
      id: 'getAsset',
      summary: "The pages' style and script",
      parameters: [
        {
          name: 'name',
          in: 'path',
          description: 'Name of the file.',
          schema: { type: 'string', maxLength: 100 },
          example: 'style.css',
        },
      ],
      answers: {
        200: {
          description: 'The file.',
          content: {
            'text/css': { schema: { type: 'string' } },
            'text/javascript': { schema: { type: 'string' } },
            'image/svg+xml': { schema: { type: 'string' } },
          },
        },
      },
      problems: [404],
    },
    handle: ({ values }) => {
      const asset = ASSETS.get(textOf(values, 'name'));
      if (asset === undefined) throw new HttpProblem(404, 'there is no such file');
      return { body: asset.text, type: asset.type };
    },
  },
];
