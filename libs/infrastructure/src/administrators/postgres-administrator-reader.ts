import { AdministratorReader } from '@aegis/application/administrators/administrator-reader';
import type { Page, PageRequest } from '@aegis/application/shared/page';
import type { AppointmentProps } from '@aegis/domain/administrators/appointment';
import type { Connections } from '../persistence/connections';
import { POSITION_COLUMNS, afterClause, afterParameters, pageOf, type PositionedRow } from '../persistence/page-sql';
import { propsOf, type AdministratorRow } from './administrator-row';

const ADMINISTRATOR = `a.tenant_id AS "tenantId", a.id, a.issuer, a.subject, a.appointed_at AS "appointedAt", a.revoked_at AS "revokedAt"`;

export class PostgresAdministratorReader extends AdministratorReader {
  constructor(private readonly connections: Connections) {
    super();
  }

  async list(page: PageRequest): Promise<Page<AppointmentProps>> {
    const rows = await this.connections.transaction(
      'app_admin',
      (manager) =>
        manager.query<(AdministratorRow & PositionedRow)[]>(
          `SELECT ${ADMINISTRATOR}, ${POSITION_COLUMNS('a.appointed_at', 'a.id')} FROM administrators a
            WHERE ${afterClause('a.appointed_at', 'a.id', 1)} ORDER BY a.appointed_at DESC, a.id DESC LIMIT $3`,
          [...afterParameters(page), page.limit + 1],
        ),
      { readOnly: true },
    );
    return pageOf(rows, page, ({ page_at: _at, page_id: _id, ...row }) => propsOf(row));
  }
}
