// Copyright: (c) 2026, gatehouse.api contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-FileCopyrightText: 2026, gatehouse.api contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// How oidc-provider is set up. Only its documented options; what may change while it runs is read from `world.settings`.

import { randomBytes } from 'node:crypto';

import { errors } from './library.mjs';

export const SCOPES = ['openid', 'offline_access', 'profile', 'email', 'read', 'write', 'admin'];

export function configuration(world) {
  const { settings, store } = world;
  const ttl = (name) => () => settings[name];
  return {
    adapter: (model) => store.adapter(model),
    claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
    clients: world.clients,
    clockTolerance: 0, // a token that is over is over
    cookies: { keys: [randomBytes(16).toString('hex')] },
    enabledJWA: { dPoPSigningAlgValues: ['ES256', 'Ed25519'] },
    expiresWithSession: () => false,
    features: {
      clientCredentials: { enabled: true },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => settings.dpop_nonce },
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      introspection: { enabled: true },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        selfSignedTlsClientAuth: true,
        tlsClientAuth: true,
        getCertificate: certificate,
        certificateAuthorized: (ctx) => ctx.socket.authorized === true,
        certificateSubjectMatches: (ctx, property, expected) =>
          property === 'tls_client_auth_san_dns' && certificate(ctx).checkHost(expected) === expected,
      },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (ctx, identifier) => resourceServer(world, identifier),
        useGrantedResource: () => true,
      },
      revocation: { enabled: true },
    },
    findAccount: (ctx, sub) => account(world, sub),
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
    jwks: world.jwks,
    pkce: { required: () => true },
    renderError: (ctx, out) => {
      ctx.type = 'html';
      ctx.body = `<p id="error">${Object.values(out).join(': ').replaceAll('<', '&lt;')}</p>`;
    },
    rotateRefreshToken: true,
    scopes: SCOPES,
    clientAuthMethods: [
      'client_secret_basic',
      'client_secret_jwt',
      'client_secret_post',
      'none',
      'private_key_jwt',
      'self_signed_tls_client_auth',
      'tls_client_auth',
    ],
    ttl: {
      AccessToken: ttl('access_token_ttl'),
      AuthorizationCode: 60,
      ClientCredentials: ttl('access_token_ttl'),
      DeviceCode: ttl('device_code_ttl'),
      Grant: 14 * 86400,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: ttl('refresh_token_ttl'),
      Session: 86400,
    },
  };
}

export function certificate(ctx) {
  return ctx.socket.getPeerX509Certificate?.();
}

export function account(world, name) {
  if (!Object.hasOwn(world.users, name)) return undefined;
  return { accountId: name, claims: async () => ({ sub: name, name, email: `${name}@example.com` }) };
}

export function resourceServer(world, identifier) {
  const known = world.resources[identifier];
  if (!known) throw new errors.InvalidTarget();
  return {
    scope: 'read write admin',
    audience: identifier,
    accessTokenFormat: known,
    ...(known === 'jwt' ? { jwt: { sign: { alg: 'ES256' } } } : {}),
  };
}
