import { describe, expect, it } from '@jest/globals';
import { openApiDocument, operationIdOf } from './openapi.js';
import { ROUTES, type Route } from './routes.js';

const route: Route = {
  method: 'get',
  path: '/catalog/:sku',
  does: 'Gives one product.',
  who: 'anybody',
  answers: { 200: 'Product' },
};

describe('openApiDocument', () => {
  it('gives a parameter of a path the schema that its route names', () => {
    const document = openApiDocument([{ ...route, parameters: { sku: 'Money' } }]);

    expect(document).toHaveProperty(
      ['paths', '/catalog/{sku}', 'get', 'parameters'],
      [
        {
          name: 'sku',
          in: 'path',
          required: true,
          schema: { $ref: '#/components/schemas/Money' },
          examples: { Money: { value: { amount: 3990, currency: 'EUR' } } },
        },
      ],
    );
  });

  it.each<[Route['who'], object[]]>([
    ['anybody', []],
    ['session', [{ session: [] }]],
    ['user', [{ session: [] }]],
    [{ roles: ['admin', 'staff'] }, [{ session: ['admin'] }, { session: ['staff'] }]],
  ])('says what a route for %j needs', (who, security) => {
    const document = openApiDocument([{ ...route, who, parameters: { sku: 'Money' } }]);

    expect(document).toHaveProperty(['paths', '/catalog/{sku}', 'get', 'security'], security);
  });

  it('says what a limited route answers to whoever asks too often', () => {
    const limited = { ...route, path: '/catalog', isLimited: true } as const;
    const plain = { ...route, path: '/plain' };

    const document = openApiDocument([limited, plain]);

    const answers = (path: string) => ['paths', path, 'get', 'responses', '429'];
    const refused = { $ref: '#/components/responses/RateLimited' };
    expect(document).toHaveProperty(answers('/catalog'), refused);
    expect(document).not.toHaveProperty(answers('/plain'));
  });

  it('names operations by their method and path, each once', () => {
    const names = ROUTES.map(operationIdOf);

    expect(names).toContain('deleteAdminAccountsByIdSessionsByHandle');
    expect(new Set(names).size).toBe(ROUTES.length);
  });

  it('has the schemas that its routes refer to, and no other', () => {
    const document = openApiDocument([{ ...route, path: '/catalog', answers: { 200: 'Product' } }]);

    expect(document).toHaveProperty('components.schemas', {
      Error: expect.anything(),
      Failure: expect.anything(),
      Money: expect.anything(),
      Product: expect.anything(),
    });
  });

  it('refuses a route whose path has a parameter without a schema', () => {
    expect(() => openApiDocument([route])).toThrow('get /catalog/:sku has no schema for "sku"');
  });
});
