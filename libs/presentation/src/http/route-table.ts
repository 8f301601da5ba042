import { hasHead, isPublicRoute, routeRulesOf } from './access';

/** A route that nobody said who may call: the start ends here. */
export class UndeclaredAccess extends Error {
  override readonly name = 'UndeclaredAccess';
}

interface Template {
  readonly matches: RegExp;
  readonly methods: Set<string>;
}

/** All routes of the process, by template: knows which methods an address takes. */
export class RouteTable {
  private readonly templates = new Map<string, Template>();

  /** Throws UndeclaredAccess. */
  add(route: { readonly method: string | readonly string[]; readonly url: string; readonly config: unknown }): void {
    const rules = routeRulesOf(route.config);
    const served = typeof route.method === 'string' ? [route.method] : route.method;
    const methods = hasHead(rules?.access ?? null) ? served : served.filter((method) => method !== 'HEAD');
    for (const method of methods) {
      if (rules === null && !isPublicRoute(method, route.url)) {
        throw new UndeclaredAccess(`the route ${method} ${route.url} declares no access`);
      }
    }
    const template = this.templates.get(route.url) ?? { matches: patternOf(route.url), methods: new Set() };
    methods.forEach((method) => template.methods.add(method));
    this.templates.set(route.url, template);
  }

  /** Methods that the address takes, in order; empty when there is no such address. */
  methodsOf(path: string): readonly string[] {
    const found = [...this.templates.values()].filter(({ matches }) => matches.test(path));
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort();
  }
}

function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part.startsWith(':')) return '[^/]+';
    return part === '*' ? '.*' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('/')}$`);
}
