// Copyright: (c) 2026, gatehouse.api contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-FileCopyrightText: 2026, gatehouse.api contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// Drives the official client: a JSON line in, a JSON line out. Nothing else is ever printed.

import sodium from 'libsodium-wrappers';
import { PasswordsClient } from 'passwords-client';
import { createInterface } from 'node:readline';

for (const name of ['debug', 'error', 'info', 'log', 'trace', 'warn']) console[name] = () => {};
// `update` of the official client does not wait for the object that it reads again.
process.on('unhandledRejection', () => {});

const clients = new Map();

function told(model) {
    return JSON.parse(JSON.stringify(model.getProperties(), function (name, value) {
        return this[name] instanceof Date ? Math.round(this[name].getTime() / 1000) : value;
    }));
}

function repository(client, kind) {
    return client.getInstance(`repository.${kind}`);
}

function prepared(client, fields) {
    if (!Array.isArray(fields.customFields)) return fields;
    return { ...fields, customFields: client.getInstance('converter.field').fromArray(fields.customFields) };
}

const deeds = {
    // A client of one account; `url` is the base URL of the server.
    async new({ name, url, user, token }) {
        const baseUrl = url.endsWith('/') ? url : `${url}/`;
        clients.set(name, new PasswordsClient({ baseUrl, user, token }, { userAgent: 'official' }));
    },

    // What the server asks for.
    async requirements({ name }) {
        const authorization = clients.get(name).getSessionAuthorization();
        await authorization.load();
        return {
            challenge: authorization.requiresChallenge(),
            tokens: authorization.getTokens().map((token) => ({
                id: token.getId(),
                type: token.getType(),
                request: token.requiresRequest(),
            })),
        };
    },

    // Have a code sent.
    async request_token({ name, provider }) {
        const authorization = clients.get(name).getSessionAuthorization();
        await authorization.load();
        return authorization.setActiveToken(provider).getActiveToken().sendRequest();
    },

    // Open the session.
    async authorize({ name, password, provider, code }) {
        const client = clients.get(name);
        const authorization = client.getSessionAuthorization();
        await authorization.load();
        if (provider) authorization.setActiveToken(provider).getActiveToken().setToken(code);
        await authorization.authorize(password);
        if (authorization.requiresChallenge()) await client.getCseV1Encryption().ready();
        return client.isAuthorized();
    },

    async authorized({ name }) {
        return clients.get(name).isAuthorized();
    },

    async session({ name }) {
        return clients.get(name).getSession().getId();
    },

    async key({ name }) {
        return clients.get(name).getCseV1Encryption().getKeychain().getCurrentKeyId();
    },

    async list({ name, kind, details }) {
        const found = await repository(clients.get(name), kind).findAll(details);
        return [...found].map(told);
    },

    async show({ name, kind, id, details }) {
        return told(await repository(clients.get(name), kind).findById(id, details));
    },

    async create({ name, kind, fields }) {
        const client = clients.get(name);
        const model = client.getClass(`model.${kind}`, prepared(client, fields));
        return told(await repository(client, kind).create(model));
    },

    async update({ name, kind, id, fields }) {
        const client = clients.get(name);
        const model = await repository(client, kind).findById(id);
        model.setProperties(prepared(client, fields));
        return told(await repository(client, kind).update(model));
    },

    async delete({ name, kind, id }) {
        const found = repository(clients.get(name), kind);
        return told(await found.delete(await found.findById(id)));
    },

    async restore({ name, kind, id }) {
        const found = repository(clients.get(name), kind);
        return told(await found.restore(await found.findById(id)));
    },

    async generate({ name, numbers, special, strength }) {
        return clients.get(name).getInstance('service.password').generate(numbers, special, strength);
    },

    async settings({ name, names }) {
        const found = await clients.get(name).getInstance('repository.setting').findByNames(names);
        return [...found].map((setting) => [`${setting.getScope()}.${setting.getName()}`, setting.getValue()]);
    },

    // The client's own `closeSession` does not wait for the answer.
    async close({ name }) {
        const client = clients.get(name);
        await client.getRequest().setPath('1.0/session/close').send();
        client.renewSession();
    },
};

async function failure(error) {
    let id = null;
    try {
        id = (await error.response.json()).id ?? null;
    } catch {
        // not every error has a JSON body
    }
    return { error: error.name, message: error.message, status: error.status ?? null, id };
}

async function answer(line) {
    const { do: what, ...wanted } = JSON.parse(line);
    try {
        return { result: (await deeds[what](wanted)) ?? null };
    } catch (error) {
        return failure(error);
    }
}

async function main() {
    await sodium.ready;
    for await (const line of createInterface({ input: process.stdin })) {
        process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
    }
    process.exit(0);
}

main();
