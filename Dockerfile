# The image of every role: what runs is the source itself, on the Node that strips its types.
FROM node:24-bookworm-slim AS base
WORKDIR /daybook
COPY package.json package-lock.json .npmrc ./

# The explorer's audit as one file for browsers: its bundler is not in the image.
FROM base AS page
RUN npm ci
COPY scripts/bundle-browser.ts scripts/
COPY src src
RUN npm run bundle

FROM base
ENV NODE_ENV=production
# Volumes are made after these folders, so they belong to the user that the roles run as.
RUN npm ci --omit=dev && npm cache clean --force && \
    mkdir /keys /record /cache && chown node:node /keys /record /cache
COPY scenarios scenarios
COPY streams streams
COPY scripts scripts
COPY src src
COPY --from=page /daybook/src/explorer/bundled src/explorer/bundled
USER node
ENTRYPOINT ["node", "src/cli/main.ts"]
CMD ["--help"]
