// Copyright: (c) 2026, gatehouse.api contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-FileCopyrightText: 2026, gatehouse.api contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// What oidc-provider keeps, by its adapter interface: in memory, without the example adapter's limit of 1,000 entries.

export class Store {
  constructor() {
    this.models = new Map();
  }

  adapter(model) {
    const entries = this.entries(model);
    const search = (property, wanted) => [...entries.values()].find((payload) => payload[property] === wanted);
    return {
      upsert: async (id, payload) => void entries.set(id, payload),
      find: async (id) => entries.get(id),
      findByUid: async (uid) => search('uid', uid),
      findByUserCode: async (userCode) => search('userCode', userCode),
      destroy: async (id) => void entries.delete(id),
      consume: async (id) => void (entries.get(id).consumed = now()),
      revokeByGrantId: async (grantId) => this.revoke(grantId),
    };
  }

  entries(model) {
    if (!this.models.has(model)) this.models.set(model, new Map());
    return this.models.get(model);
  }

  // every token and code of the grant; the grant itself is another model
  revoke(grantId) {
    for (const entries of this.models.values()) {
      for (const [id, payload] of entries) if (payload.grantId === grantId) entries.delete(id);
    }
  }

  // neither spent nor expired
  fresh(payload) {
    return !payload.consumed && (payload.exp === undefined || payload.exp > now());
  }

  // how many are
  live(model) {
    return [...this.entries(model).values()].filter((payload) => this.fresh(payload)).length;
  }

  clear() {
    for (const entries of this.models.values()) entries.clear();
  }
}

export const now = () => Math.floor(Date.now() / 1000);
