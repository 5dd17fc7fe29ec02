/* eslint-disable */
/* Generated from schemas/ by `npm run generate`; edit the schema instead. */
'use strict';
exports.sluice = validate20;
const schema31 = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://sluice.invalid/schemas/sluice.schema.json',
  title: 'SettingsFile',
  type: 'object',
  additionalProperties: false,
  properties: {
    installation: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
      patternErrorMessage:
        "letters, digits, '.', '_' and '-', beginning with a letter or digit, at most 63 characters",
    },
    sources: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        properties: {
          directory: { type: 'string', minLength: 1 },
          git: { type: 'string', minLength: 1 },
          ref: {
            type: 'string',
            pattern: '^[^\\s-][^\\s]*$',
            patternErrorMessage: 'a branch, tag or commit, without blanks',
          },
          path: { type: 'string', minLength: 1 },
          interval: {
            type: 'string',
            pattern:
              '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
            'x-unit': 'duration',
          },
          trust: {
            type: 'array',
            uniqueItems: true,
            items: { enum: ['staging_modules', 'username', 'private_key', 'passphrase', 'outside_jobs'] },
          },
        },
      },
    },
    state: { type: 'string', minLength: 1 },
    outputs: { type: 'string', minLength: 1 },
    modules: { type: 'string', minLength: 1 },
    smtp: {
      type: 'object',
      additionalProperties: false,
      required: ['host', 'from'],
      properties: {
        host: { type: 'string', minLength: 1 },
        port: { type: 'integer', minimum: 1, maximum: 65535 },
        from: {
          type: 'string',
          pattern: '^[^\\s@,;<>]+@[^\\s@,;<>]+$',
          patternErrorMessage: 'an address such as sluice@example.org',
        },
        username: { type: 'string', minLength: 1 },
        password: {
          type: ['string', 'object'],
          minLength: 1,
          minProperties: 1,
          maxProperties: 1,
          additionalProperties: false,
          properties: {
            env: {
              type: 'string',
              pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
              patternErrorMessage: 'the name of an environment variable',
            },
            file: { type: 'string', minLength: 1 },
          },
        },
        tls: { enum: ['required', 'none'] },
      },
    },
    http: {
      type: 'object',
      additionalProperties: false,
      properties: {
        listen: {
          type: 'string',
          pattern: '^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9.-]+):[0-9]{1,5}$',
          patternErrorMessage: 'address:port, such as 127.0.0.1:7676',
        },
        hosts: {
          type: 'array',
          items: {
            type: 'string',
            pattern: '^[A-Za-z0-9.:\\[\\]-]+$',
            patternErrorMessage: 'a host name, without a port',
          },
        },
        trust: {
          type: 'array',
          uniqueItems: true,
          items: { enum: ['staging_modules', 'username', 'private_key', 'passphrase', 'outside_jobs'] },
        },
        webhook_secret: {
          type: ['string', 'object'],
          minLength: 1,
          minProperties: 1,
          maxProperties: 1,
          additionalProperties: false,
          properties: {
            env: {
              type: 'string',
              pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
              patternErrorMessage: 'the name of an environment variable',
            },
            file: { type: 'string', minLength: 1 },
          },
        },
        users: {
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['name', 'role'],
            properties: {
              name: {
                type: 'string',
                pattern: '^[^\\s:]+$',
                patternErrorMessage: "a name without blanks and ':'",
              },
              role: { enum: ['read', 'write'] },
              password_hash: { type: 'string', minLength: 1 },
              token_hash: { type: 'string', minLength: 1 },
            },
          },
        },
      },
    },
    intervals: {
      type: 'object',
      additionalProperties: false,
      properties: {
        resync: {
          type: 'string',
          pattern:
            '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
          'x-unit': 'duration',
        },
        poll: {
          type: 'string',
          pattern:
            '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
          'x-unit': 'duration',
        },
      },
    },
    retention: {
      type: 'object',
      additionalProperties: false,
      properties: {
        succeeded: {
          type: 'string',
          pattern:
            '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
          'x-unit': 'duration',
        },
        otherwise: {
          type: 'string',
          pattern:
            '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
          'x-unit': 'duration',
        },
      },
    },
  },
};
const func1 = Object.prototype.hasOwnProperty;
const func2 = require('ajv/dist/runtime/ucs2length').default;
const func0 = require('ajv/dist/runtime/equal').default;
const pattern4 = new RegExp('^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$', 'u');
const pattern5 = new RegExp('^[^\\s-][^\\s]*$', 'u');
const pattern6 = new RegExp(
  '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
  'u',
);
const pattern7 = new RegExp('^[^\\s@,;<>]+@[^\\s@,;<>]+$', 'u');
const pattern8 = new RegExp('^[A-Za-z_][A-Za-z0-9_]*$', 'u');
const pattern9 = new RegExp('^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9.-]+):[0-9]{1,5}$', 'u');
const pattern10 = new RegExp('^[A-Za-z0-9.:\\[\\]-]+$', 'u');
const pattern12 = new RegExp('^[^\\s:]+$', 'u');

function validate20(
  data,
  { instancePath = '', parentData, parentDataProperty, rootData = data, dynamicAnchors = {} } = {},
) {
  /*# sourceURL="https://sluice.invalid/schemas/sluice.schema.json" */ let vErrors = null;
  let errors = 0;
  const evaluated0 = validate20.evaluated;
  if (evaluated0.dynamicProps) {
    evaluated0.props = undefined;
  }
  if (evaluated0.dynamicItems) {
    evaluated0.items = undefined;
  }
  if (data && typeof data == 'object' && !Array.isArray(data)) {
    for (const key0 in data) {
      if (!func1.call(schema31.properties, key0)) {
        const err0 = {
          instancePath,
          schemaPath: '#/additionalProperties',
          keyword: 'additionalProperties',
          params: { additionalProperty: key0 },
          message: 'must NOT have additional properties',
          schema: false,
          parentSchema: schema31,
          data,
        };
        if (vErrors === null) {
          vErrors = [err0];
        } else {
          vErrors.push(err0);
        }
        errors++;
      }
    }
    if (data.installation !== undefined) {
      let data0 = data.installation;
      if (typeof data0 === 'string') {
        if (!pattern4.test(data0)) {
          const err1 = {
            instancePath: instancePath + '/installation',
            schemaPath: '#/properties/installation/pattern',
            keyword: 'pattern',
            params: { pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' },
            message: 'must match pattern "' + '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' + '"',
            schema: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
            parentSchema: schema31.properties.installation,
            data: data0,
          };
          if (vErrors === null) {
            vErrors = [err1];
          } else {
            vErrors.push(err1);
          }
          errors++;
        }
      } else {
        const err2 = {
          instancePath: instancePath + '/installation',
          schemaPath: '#/properties/installation/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema31.properties.installation.type,
          parentSchema: schema31.properties.installation,
          data: data0,
        };
        if (vErrors === null) {
          vErrors = [err2];
        } else {
          vErrors.push(err2);
        }
        errors++;
      }
    }
    if (data.sources !== undefined) {
      let data1 = data.sources;
      if (Array.isArray(data1)) {
        if (data1.length < 1) {
          const err3 = {
            instancePath: instancePath + '/sources',
            schemaPath: '#/properties/sources/minItems',
            keyword: 'minItems',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 items',
            schema: 1,
            parentSchema: schema31.properties.sources,
            data: data1,
          };
          if (vErrors === null) {
            vErrors = [err3];
          } else {
            vErrors.push(err3);
          }
          errors++;
        }
        const len0 = data1.length;
        for (let i0 = 0; i0 < len0; i0++) {
          let data2 = data1[i0];
          if (data2 && typeof data2 == 'object' && !Array.isArray(data2)) {
            for (const key1 in data2) {
              if (!(
                key1 === 'directory' ||
                key1 === 'git' ||
                key1 === 'ref' ||
                key1 === 'path' ||
                key1 === 'interval' ||
                key1 === 'trust'
              )) {
                const err4 = {
                  instancePath: instancePath + '/sources/' + i0,
                  schemaPath: '#/properties/sources/items/additionalProperties',
                  keyword: 'additionalProperties',
                  params: { additionalProperty: key1 },
                  message: 'must NOT have additional properties',
                  schema: false,
                  parentSchema: schema31.properties.sources.items,
                  data: data2,
                };
                if (vErrors === null) {
                  vErrors = [err4];
                } else {
                  vErrors.push(err4);
                }
                errors++;
              }
            }
            if (data2.directory !== undefined) {
              let data3 = data2.directory;
              if (typeof data3 === 'string') {
                if (func2(data3) < 1) {
                  const err5 = {
                    instancePath: instancePath + '/sources/' + i0 + '/directory',
                    schemaPath: '#/properties/sources/items/properties/directory/minLength',
                    keyword: 'minLength',
                    params: { limit: 1 },
                    message: 'must NOT have fewer than 1 characters',
                    schema: 1,
                    parentSchema: schema31.properties.sources.items.properties.directory,
                    data: data3,
                  };
                  if (vErrors === null) {
                    vErrors = [err5];
                  } else {
                    vErrors.push(err5);
                  }
                  errors++;
                }
              } else {
                const err6 = {
                  instancePath: instancePath + '/sources/' + i0 + '/directory',
                  schemaPath: '#/properties/sources/items/properties/directory/type',
                  keyword: 'type',
                  params: { type: 'string' },
                  message: 'must be string',
                  schema: schema31.properties.sources.items.properties.directory.type,
                  parentSchema: schema31.properties.sources.items.properties.directory,
                  data: data3,
                };
                if (vErrors === null) {
                  vErrors = [err6];
                } else {
                  vErrors.push(err6);
                }
                errors++;
              }
            }
            if (data2.git !== undefined) {
              let data4 = data2.git;
              if (typeof data4 === 'string') {
                if (func2(data4) < 1) {
                  const err7 = {
                    instancePath: instancePath + '/sources/' + i0 + '/git',
                    schemaPath: '#/properties/sources/items/properties/git/minLength',
                    keyword: 'minLength',
                    params: { limit: 1 },
                    message: 'must NOT have fewer than 1 characters',
                    schema: 1,
                    parentSchema: schema31.properties.sources.items.properties.git,
                    data: data4,
                  };
                  if (vErrors === null) {
                    vErrors = [err7];
                  } else {
                    vErrors.push(err7);
                  }
                  errors++;
                }
              } else {
                const err8 = {
                  instancePath: instancePath + '/sources/' + i0 + '/git',
                  schemaPath: '#/properties/sources/items/properties/git/type',
                  keyword: 'type',
                  params: { type: 'string' },
                  message: 'must be string',
                  schema: schema31.properties.sources.items.properties.git.type,
                  parentSchema: schema31.properties.sources.items.properties.git,
                  data: data4,
                };
                if (vErrors === null) {
                  vErrors = [err8];
                } else {
                  vErrors.push(err8);
                }
                errors++;
              }
            }
            if (data2.ref !== undefined) {
              let data5 = data2.ref;
              if (typeof data5 === 'string') {
                if (!pattern5.test(data5)) {
                  const err9 = {
                    instancePath: instancePath + '/sources/' + i0 + '/ref',
                    schemaPath: '#/properties/sources/items/properties/ref/pattern',
                    keyword: 'pattern',
                    params: { pattern: '^[^\\s-][^\\s]*$' },
                    message: 'must match pattern "' + '^[^\\s-][^\\s]*$' + '"',
                    schema: '^[^\\s-][^\\s]*$',
                    parentSchema: schema31.properties.sources.items.properties.ref,
                    data: data5,
                  };
                  if (vErrors === null) {
                    vErrors = [err9];
                  } else {
                    vErrors.push(err9);
                  }
                  errors++;
                }
              } else {
                const err10 = {
                  instancePath: instancePath + '/sources/' + i0 + '/ref',
                  schemaPath: '#/properties/sources/items/properties/ref/type',
                  keyword: 'type',
                  params: { type: 'string' },
                  message: 'must be string',
                  schema: schema31.properties.sources.items.properties.ref.type,
                  parentSchema: schema31.properties.sources.items.properties.ref,
                  data: data5,
                };
                if (vErrors === null) {
                  vErrors = [err10];
                } else {
                  vErrors.push(err10);
                }
                errors++;
              }
            }
            if (data2.path !== undefined) {
              let data6 = data2.path;
              if (typeof data6 === 'string') {
                if (func2(data6) < 1) {
                  const err11 = {
                    instancePath: instancePath + '/sources/' + i0 + '/path',
                    schemaPath: '#/properties/sources/items/properties/path/minLength',
                    keyword: 'minLength',
                    params: { limit: 1 },
                    message: 'must NOT have fewer than 1 characters',
                    schema: 1,
                    parentSchema: schema31.properties.sources.items.properties.path,
                    data: data6,
                  };
                  if (vErrors === null) {
                    vErrors = [err11];
                  } else {
                    vErrors.push(err11);
                  }
                  errors++;
                }
              } else {
                const err12 = {
                  instancePath: instancePath + '/sources/' + i0 + '/path',
                  schemaPath: '#/properties/sources/items/properties/path/type',
                  keyword: 'type',
                  params: { type: 'string' },
                  message: 'must be string',
                  schema: schema31.properties.sources.items.properties.path.type,
                  parentSchema: schema31.properties.sources.items.properties.path,
                  data: data6,
                };
                if (vErrors === null) {
                  vErrors = [err12];
                } else {
                  vErrors.push(err12);
                }
                errors++;
              }
            }
            if (data2.interval !== undefined) {
              let data7 = data2.interval;
              if (typeof data7 === 'string') {
                if (!pattern6.test(data7)) {
                  const err13 = {
                    instancePath: instancePath + '/sources/' + i0 + '/interval',
                    schemaPath: '#/properties/sources/items/properties/interval/pattern',
                    keyword: 'pattern',
                    params: {
                      pattern:
                        '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
                    },
                    message:
                      'must match pattern "' +
                      '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$' +
                      '"',
                    schema:
                      '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
                    parentSchema: schema31.properties.sources.items.properties.interval,
                    data: data7,
                  };
                  if (vErrors === null) {
                    vErrors = [err13];
                  } else {
                    vErrors.push(err13);
                  }
                  errors++;
                }
              } else {
                const err14 = {
                  instancePath: instancePath + '/sources/' + i0 + '/interval',
                  schemaPath: '#/properties/sources/items/properties/interval/type',
                  keyword: 'type',
                  params: { type: 'string' },
                  message: 'must be string',
                  schema: schema31.properties.sources.items.properties.interval.type,
                  parentSchema: schema31.properties.sources.items.properties.interval,
                  data: data7,
                };
                if (vErrors === null) {
                  vErrors = [err14];
                } else {
                  vErrors.push(err14);
                }
                errors++;
              }
            }
            if (data2.trust !== undefined) {
              let data8 = data2.trust;
              if (Array.isArray(data8)) {
                const len1 = data8.length;
                for (let i1 = 0; i1 < len1; i1++) {
                  let data9 = data8[i1];
                  if (!(
                    data9 === 'staging_modules' ||
                    data9 === 'username' ||
                    data9 === 'private_key' ||
                    data9 === 'passphrase' ||
                    data9 === 'outside_jobs'
                  )) {
                    const err15 = {
                      instancePath: instancePath + '/sources/' + i0 + '/trust/' + i1,
                      schemaPath: '#/properties/sources/items/properties/trust/items/enum',
                      keyword: 'enum',
                      params: {
                        allowedValues: schema31.properties.sources.items.properties.trust.items.enum,
                      },
                      message: 'must be equal to one of the allowed values',
                      schema: schema31.properties.sources.items.properties.trust.items.enum,
                      parentSchema: schema31.properties.sources.items.properties.trust.items,
                      data: data9,
                    };
                    if (vErrors === null) {
                      vErrors = [err15];
                    } else {
                      vErrors.push(err15);
                    }
                    errors++;
                  }
                }
                let i2 = data8.length;
                let j0;
                if (i2 > 1) {
                  outer0: for (; i2--;) {
                    for (j0 = i2; j0--;) {
                      if (func0(data8[i2], data8[j0])) {
                        const err16 = {
                          instancePath: instancePath + '/sources/' + i0 + '/trust',
                          schemaPath: '#/properties/sources/items/properties/trust/uniqueItems',
                          keyword: 'uniqueItems',
                          params: { i: i2, j: j0 },
                          message:
                            'must NOT have duplicate items (items ## ' +
                            j0 +
                            ' and ' +
                            i2 +
                            ' are identical)',
                          schema: true,
                          parentSchema: schema31.properties.sources.items.properties.trust,
                          data: data8,
                        };
                        if (vErrors === null) {
                          vErrors = [err16];
                        } else {
                          vErrors.push(err16);
                        }
                        errors++;
                        break outer0;
                      }
                    }
                  }
                }
              } else {
                const err17 = {
                  instancePath: instancePath + '/sources/' + i0 + '/trust',
                  schemaPath: '#/properties/sources/items/properties/trust/type',
                  keyword: 'type',
                  params: { type: 'array' },
                  message: 'must be array',
                  schema: schema31.properties.sources.items.properties.trust.type,
                  parentSchema: schema31.properties.sources.items.properties.trust,
                  data: data8,
                };
                if (vErrors === null) {
                  vErrors = [err17];
                } else {
                  vErrors.push(err17);
                }
                errors++;
              }
            }
          } else {
            const err18 = {
              instancePath: instancePath + '/sources/' + i0,
              schemaPath: '#/properties/sources/items/type',
              keyword: 'type',
              params: { type: 'object' },
              message: 'must be object',
              schema: schema31.properties.sources.items.type,
              parentSchema: schema31.properties.sources.items,
              data: data2,
            };
            if (vErrors === null) {
              vErrors = [err18];
            } else {
              vErrors.push(err18);
            }
            errors++;
          }
        }
      } else {
        const err19 = {
          instancePath: instancePath + '/sources',
          schemaPath: '#/properties/sources/type',
          keyword: 'type',
          params: { type: 'array' },
          message: 'must be array',
          schema: schema31.properties.sources.type,
          parentSchema: schema31.properties.sources,
          data: data1,
        };
        if (vErrors === null) {
          vErrors = [err19];
        } else {
          vErrors.push(err19);
        }
        errors++;
      }
    }
    if (data.state !== undefined) {
      let data10 = data.state;
      if (typeof data10 === 'string') {
        if (func2(data10) < 1) {
          const err20 = {
            instancePath: instancePath + '/state',
            schemaPath: '#/properties/state/minLength',
            keyword: 'minLength',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 characters',
            schema: 1,
            parentSchema: schema31.properties.state,
            data: data10,
          };
          if (vErrors === null) {
            vErrors = [err20];
          } else {
            vErrors.push(err20);
          }
          errors++;
        }
      } else {
        const err21 = {
          instancePath: instancePath + '/state',
          schemaPath: '#/properties/state/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema31.properties.state.type,
          parentSchema: schema31.properties.state,
          data: data10,
        };
        if (vErrors === null) {
          vErrors = [err21];
        } else {
          vErrors.push(err21);
        }
        errors++;
      }
    }
    if (data.outputs !== undefined) {
      let data11 = data.outputs;
      if (typeof data11 === 'string') {
        if (func2(data11) < 1) {
          const err22 = {
            instancePath: instancePath + '/outputs',
            schemaPath: '#/properties/outputs/minLength',
            keyword: 'minLength',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 characters',
            schema: 1,
            parentSchema: schema31.properties.outputs,
            data: data11,
          };
          if (vErrors === null) {
            vErrors = [err22];
          } else {
            vErrors.push(err22);
          }
          errors++;
        }
      } else {
        const err23 = {
          instancePath: instancePath + '/outputs',
          schemaPath: '#/properties/outputs/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema31.properties.outputs.type,
          parentSchema: schema31.properties.outputs,
          data: data11,
        };
        if (vErrors === null) {
          vErrors = [err23];
        } else {
          vErrors.push(err23);
        }
        errors++;
      }
    }
    if (data.modules !== undefined) {
      let data12 = data.modules;
      if (typeof data12 === 'string') {
        if (func2(data12) < 1) {
          const err24 = {
            instancePath: instancePath + '/modules',
            schemaPath: '#/properties/modules/minLength',
            keyword: 'minLength',
            params: { limit: 1 },
            message: 'must NOT have fewer than 1 characters',
            schema: 1,
            parentSchema: schema31.properties.modules,
            data: data12,
          };
          if (vErrors === null) {
            vErrors = [err24];
          } else {
            vErrors.push(err24);
          }
          errors++;
        }
      } else {
        const err25 = {
          instancePath: instancePath + '/modules',
          schemaPath: '#/properties/modules/type',
          keyword: 'type',
          params: { type: 'string' },
          message: 'must be string',
          schema: schema31.properties.modules.type,
          parentSchema: schema31.properties.modules,
          data: data12,
        };
        if (vErrors === null) {
          vErrors = [err25];
        } else {
          vErrors.push(err25);
        }
        errors++;
      }
    }
    if (data.smtp !== undefined) {
      let data13 = data.smtp;
      if (data13 && typeof data13 == 'object' && !Array.isArray(data13)) {
        if (data13.host === undefined) {
          const err26 = {
            instancePath: instancePath + '/smtp',
            schemaPath: '#/properties/smtp/required',
            keyword: 'required',
            params: { missingProperty: 'host' },
            message: "must have required property '" + 'host' + "'",
            schema: schema31.properties.smtp.required,
            parentSchema: schema31.properties.smtp,
            data: data13,
          };
          if (vErrors === null) {
            vErrors = [err26];
          } else {
            vErrors.push(err26);
          }
          errors++;
        }
        if (data13.from === undefined) {
          const err27 = {
            instancePath: instancePath + '/smtp',
            schemaPath: '#/properties/smtp/required',
            keyword: 'required',
            params: { missingProperty: 'from' },
            message: "must have required property '" + 'from' + "'",
            schema: schema31.properties.smtp.required,
            parentSchema: schema31.properties.smtp,
            data: data13,
          };
          if (vErrors === null) {
            vErrors = [err27];
          } else {
            vErrors.push(err27);
          }
          errors++;
        }
        for (const key2 in data13) {
          if (!(
            key2 === 'host' ||
            key2 === 'port' ||
            key2 === 'from' ||
            key2 === 'username' ||
            key2 === 'password' ||
            key2 === 'tls'
          )) {
            const err28 = {
              instancePath: instancePath + '/smtp',
              schemaPath: '#/properties/smtp/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key2 },
              message: 'must NOT have additional properties',
              schema: false,
              parentSchema: schema31.properties.smtp,
              data: data13,
            };
            if (vErrors === null) {
              vErrors = [err28];
            } else {
              vErrors.push(err28);
            }
            errors++;
          }
        }
        if (data13.host !== undefined) {
          let data14 = data13.host;
          if (typeof data14 === 'string') {
            if (func2(data14) < 1) {
              const err29 = {
                instancePath: instancePath + '/smtp/host',
                schemaPath: '#/properties/smtp/properties/host/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema31.properties.smtp.properties.host,
                data: data14,
              };
              if (vErrors === null) {
                vErrors = [err29];
              } else {
                vErrors.push(err29);
              }
              errors++;
            }
          } else {
            const err30 = {
              instancePath: instancePath + '/smtp/host',
              schemaPath: '#/properties/smtp/properties/host/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema31.properties.smtp.properties.host.type,
              parentSchema: schema31.properties.smtp.properties.host,
              data: data14,
            };
            if (vErrors === null) {
              vErrors = [err30];
            } else {
              vErrors.push(err30);
            }
            errors++;
          }
        }
        if (data13.port !== undefined) {
          let data15 = data13.port;
          if (!(typeof data15 == 'number' && !(data15 % 1) && !isNaN(data15) && isFinite(data15))) {
            const err31 = {
              instancePath: instancePath + '/smtp/port',
              schemaPath: '#/properties/smtp/properties/port/type',
              keyword: 'type',
              params: { type: 'integer' },
              message: 'must be integer',
              schema: schema31.properties.smtp.properties.port.type,
              parentSchema: schema31.properties.smtp.properties.port,
              data: data15,
            };
            if (vErrors === null) {
              vErrors = [err31];
            } else {
              vErrors.push(err31);
            }
            errors++;
          }
          if (typeof data15 == 'number' && isFinite(data15)) {
            if (data15 > 65535 || isNaN(data15)) {
              const err32 = {
                instancePath: instancePath + '/smtp/port',
                schemaPath: '#/properties/smtp/properties/port/maximum',
                keyword: 'maximum',
                params: { comparison: '<=', limit: 65535 },
                message: 'must be <= 65535',
                schema: 65535,
                parentSchema: schema31.properties.smtp.properties.port,
                data: data15,
              };
              if (vErrors === null) {
                vErrors = [err32];
              } else {
                vErrors.push(err32);
              }
              errors++;
            }
            if (data15 < 1 || isNaN(data15)) {
              const err33 = {
                instancePath: instancePath + '/smtp/port',
                schemaPath: '#/properties/smtp/properties/port/minimum',
                keyword: 'minimum',
                params: { comparison: '>=', limit: 1 },
                message: 'must be >= 1',
                schema: 1,
                parentSchema: schema31.properties.smtp.properties.port,
                data: data15,
              };
              if (vErrors === null) {
                vErrors = [err33];
              } else {
                vErrors.push(err33);
              }
              errors++;
            }
          }
        }
        if (data13.from !== undefined) {
          let data16 = data13.from;
          if (typeof data16 === 'string') {
            if (!pattern7.test(data16)) {
              const err34 = {
                instancePath: instancePath + '/smtp/from',
                schemaPath: '#/properties/smtp/properties/from/pattern',
                keyword: 'pattern',
                params: { pattern: '^[^\\s@,;<>]+@[^\\s@,;<>]+$' },
                message: 'must match pattern "' + '^[^\\s@,;<>]+@[^\\s@,;<>]+$' + '"',
                schema: '^[^\\s@,;<>]+@[^\\s@,;<>]+$',
                parentSchema: schema31.properties.smtp.properties.from,
                data: data16,
              };
              if (vErrors === null) {
                vErrors = [err34];
              } else {
                vErrors.push(err34);
              }
              errors++;
            }
          } else {
            const err35 = {
              instancePath: instancePath + '/smtp/from',
              schemaPath: '#/properties/smtp/properties/from/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema31.properties.smtp.properties.from.type,
              parentSchema: schema31.properties.smtp.properties.from,
              data: data16,
            };
            if (vErrors === null) {
              vErrors = [err35];
            } else {
              vErrors.push(err35);
            }
            errors++;
          }
        }
        if (data13.username !== undefined) {
          let data17 = data13.username;
          if (typeof data17 === 'string') {
            if (func2(data17) < 1) {
              const err36 = {
                instancePath: instancePath + '/smtp/username',
                schemaPath: '#/properties/smtp/properties/username/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema31.properties.smtp.properties.username,
                data: data17,
              };
              if (vErrors === null) {
                vErrors = [err36];
              } else {
                vErrors.push(err36);
              }
              errors++;
            }
          } else {
            const err37 = {
              instancePath: instancePath + '/smtp/username',
              schemaPath: '#/properties/smtp/properties/username/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema31.properties.smtp.properties.username.type,
              parentSchema: schema31.properties.smtp.properties.username,
              data: data17,
            };
            if (vErrors === null) {
              vErrors = [err37];
            } else {
              vErrors.push(err37);
            }
            errors++;
          }
        }
        if (data13.password !== undefined) {
          let data18 = data13.password;
          if (
            typeof data18 !== 'string' &&
            !(data18 && typeof data18 == 'object' && !Array.isArray(data18))
          ) {
            const err38 = {
              instancePath: instancePath + '/smtp/password',
              schemaPath: '#/properties/smtp/properties/password/type',
              keyword: 'type',
              params: { type: schema31.properties.smtp.properties.password.type },
              message: 'must be string,object',
              schema: schema31.properties.smtp.properties.password.type,
              parentSchema: schema31.properties.smtp.properties.password,
              data: data18,
            };
            if (vErrors === null) {
              vErrors = [err38];
            } else {
              vErrors.push(err38);
            }
            errors++;
          }
          if (typeof data18 === 'string') {
            if (func2(data18) < 1) {
              const err39 = {
                instancePath: instancePath + '/smtp/password',
                schemaPath: '#/properties/smtp/properties/password/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema31.properties.smtp.properties.password,
                data: data18,
              };
              if (vErrors === null) {
                vErrors = [err39];
              } else {
                vErrors.push(err39);
              }
              errors++;
            }
          }
          if (data18 && typeof data18 == 'object' && !Array.isArray(data18)) {
            if (Object.keys(data18).length > 1) {
              const err40 = {
                instancePath: instancePath + '/smtp/password',
                schemaPath: '#/properties/smtp/properties/password/maxProperties',
                keyword: 'maxProperties',
                params: { limit: 1 },
                message: 'must NOT have more than 1 properties',
                schema: 1,
                parentSchema: schema31.properties.smtp.properties.password,
                data: data18,
              };
              if (vErrors === null) {
                vErrors = [err40];
              } else {
                vErrors.push(err40);
              }
              errors++;
            }
            if (Object.keys(data18).length < 1) {
              const err41 = {
                instancePath: instancePath + '/smtp/password',
                schemaPath: '#/properties/smtp/properties/password/minProperties',
                keyword: 'minProperties',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 properties',
                schema: 1,
                parentSchema: schema31.properties.smtp.properties.password,
                data: data18,
              };
              if (vErrors === null) {
                vErrors = [err41];
              } else {
                vErrors.push(err41);
              }
              errors++;
            }
            for (const key3 in data18) {
              if (!(key3 === 'env' || key3 === 'file')) {
                const err42 = {
                  instancePath: instancePath + '/smtp/password',
                  schemaPath: '#/properties/smtp/properties/password/additionalProperties',
                  keyword: 'additionalProperties',
                  params: { additionalProperty: key3 },
                  message: 'must NOT have additional properties',
                  schema: false,
                  parentSchema: schema31.properties.smtp.properties.password,
                  data: data18,
                };
                if (vErrors === null) {
                  vErrors = [err42];
                } else {
                  vErrors.push(err42);
                }
                errors++;
              }
            }
            if (data18.env !== undefined) {
              let data19 = data18.env;
              if (typeof data19 === 'string') {
                if (!pattern8.test(data19)) {
                  const err43 = {
                    instancePath: instancePath + '/smtp/password/env',
                    schemaPath: '#/properties/smtp/properties/password/properties/env/pattern',
                    keyword: 'pattern',
                    params: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
                    message: 'must match pattern "' + '^[A-Za-z_][A-Za-z0-9_]*$' + '"',
                    schema: '^[A-Za-z_][A-Za-z0-9_]*$',
                    parentSchema: schema31.properties.smtp.properties.password.properties.env,
                    data: data19,
                  };
                  if (vErrors === null) {
                    vErrors = [err43];
                  } else {
                    vErrors.push(err43);
                  }
                  errors++;
                }
              } else {
                const err44 = {
                  instancePath: instancePath + '/smtp/password/env',
                  schemaPath: '#/properties/smtp/properties/password/properties/env/type',
                  keyword: 'type',
                  params: { type: 'string' },
                  message: 'must be string',
                  schema: schema31.properties.smtp.properties.password.properties.env.type,
                  parentSchema: schema31.properties.smtp.properties.password.properties.env,
                  data: data19,
                };
                if (vErrors === null) {
                  vErrors = [err44];
                } else {
                  vErrors.push(err44);
                }
                errors++;
              }
            }
            if (data18.file !== undefined) {
              let data20 = data18.file;
              if (typeof data20 === 'string') {
                if (func2(data20) < 1) {
                  const err45 = {
                    instancePath: instancePath + '/smtp/password/file',
                    schemaPath: '#/properties/smtp/properties/password/properties/file/minLength',
                    keyword: 'minLength',
                    params: { limit: 1 },
                    message: 'must NOT have fewer than 1 characters',
                    schema: 1,
                    parentSchema: schema31.properties.smtp.properties.password.properties.file,
                    data: data20,
                  };
                  if (vErrors === null) {
                    vErrors = [err45];
                  } else {
                    vErrors.push(err45);
                  }
                  errors++;
                }
              } else {
                const err46 = {
                  instancePath: instancePath + '/smtp/password/file',
                  schemaPath: '#/properties/smtp/properties/password/properties/file/type',
                  keyword: 'type',
                  params: { type: 'string' },
                  message: 'must be string',
                  schema: schema31.properties.smtp.properties.password.properties.file.type,
                  parentSchema: schema31.properties.smtp.properties.password.properties.file,
                  data: data20,
                };
                if (vErrors === null) {
                  vErrors = [err46];
                } else {
                  vErrors.push(err46);
                }
                errors++;
              }
            }
          }
        }
        if (data13.tls !== undefined) {
          let data21 = data13.tls;
          if (!(data21 === 'required' || data21 === 'none')) {
            const err47 = {
              instancePath: instancePath + '/smtp/tls',
              schemaPath: '#/properties/smtp/properties/tls/enum',
              keyword: 'enum',
              params: { allowedValues: schema31.properties.smtp.properties.tls.enum },
              message: 'must be equal to one of the allowed values',
              schema: schema31.properties.smtp.properties.tls.enum,
              parentSchema: schema31.properties.smtp.properties.tls,
              data: data21,
            };
            if (vErrors === null) {
              vErrors = [err47];
            } else {
              vErrors.push(err47);
            }
            errors++;
          }
        }
      } else {
        const err48 = {
          instancePath: instancePath + '/smtp',
          schemaPath: '#/properties/smtp/type',
          keyword: 'type',
          params: { type: 'object' },
          message: 'must be object',
          schema: schema31.properties.smtp.type,
          parentSchema: schema31.properties.smtp,
          data: data13,
        };
        if (vErrors === null) {
          vErrors = [err48];
        } else {
          vErrors.push(err48);
        }
        errors++;
      }
    }
    if (data.http !== undefined) {
      let data22 = data.http;
      if (data22 && typeof data22 == 'object' && !Array.isArray(data22)) {
        for (const key4 in data22) {
          if (!(
            key4 === 'listen' ||
            key4 === 'hosts' ||
            key4 === 'trust' ||
            key4 === 'webhook_secret' ||
            key4 === 'users'
          )) {
            const err49 = {
              instancePath: instancePath + '/http',
              schemaPath: '#/properties/http/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key4 },
              message: 'must NOT have additional properties',
              schema: false,
              parentSchema: schema31.properties.http,
              data: data22,
            };
            if (vErrors === null) {
              vErrors = [err49];
            } else {
              vErrors.push(err49);
            }
            errors++;
          }
        }
        if (data22.listen !== undefined) {
          let data23 = data22.listen;
          if (typeof data23 === 'string') {
            if (!pattern9.test(data23)) {
              const err50 = {
                instancePath: instancePath + '/http/listen',
                schemaPath: '#/properties/http/properties/listen/pattern',
                keyword: 'pattern',
                params: { pattern: '^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9.-]+):[0-9]{1,5}$' },
                message: 'must match pattern "' + '^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9.-]+):[0-9]{1,5}$' + '"',
                schema: '^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9.-]+):[0-9]{1,5}$',
                parentSchema: schema31.properties.http.properties.listen,
                data: data23,
              };
              if (vErrors === null) {
                vErrors = [err50];
              } else {
                vErrors.push(err50);
              }
              errors++;
            }
          } else {
            const err51 = {
              instancePath: instancePath + '/http/listen',
              schemaPath: '#/properties/http/properties/listen/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema31.properties.http.properties.listen.type,
              parentSchema: schema31.properties.http.properties.listen,
              data: data23,
            };
            if (vErrors === null) {
              vErrors = [err51];
            } else {
              vErrors.push(err51);
            }
            errors++;
          }
        }
        if (data22.hosts !== undefined) {
          let data24 = data22.hosts;
          if (Array.isArray(data24)) {
            const len2 = data24.length;
            for (let i3 = 0; i3 < len2; i3++) {
              let data25 = data24[i3];
              if (typeof data25 === 'string') {
                if (!pattern10.test(data25)) {
                  const err52 = {
                    instancePath: instancePath + '/http/hosts/' + i3,
                    schemaPath: '#/properties/http/properties/hosts/items/pattern',
                    keyword: 'pattern',
                    params: { pattern: '^[A-Za-z0-9.:\\[\\]-]+$' },
                    message: 'must match pattern "' + '^[A-Za-z0-9.:\\[\\]-]+$' + '"',
                    schema: '^[A-Za-z0-9.:\\[\\]-]+$',
                    parentSchema: schema31.properties.http.properties.hosts.items,
                    data: data25,
                  };
                  if (vErrors === null) {
                    vErrors = [err52];
                  } else {
                    vErrors.push(err52);
                  }
                  errors++;
                }
              } else {
                const err53 = {
                  instancePath: instancePath + '/http/hosts/' + i3,
                  schemaPath: '#/properties/http/properties/hosts/items/type',
                  keyword: 'type',
                  params: { type: 'string' },
                  message: 'must be string',
                  schema: schema31.properties.http.properties.hosts.items.type,
                  parentSchema: schema31.properties.http.properties.hosts.items,
                  data: data25,
                };
                if (vErrors === null) {
                  vErrors = [err53];
                } else {
                  vErrors.push(err53);
                }
                errors++;
              }
            }
          } else {
            const err54 = {
              instancePath: instancePath + '/http/hosts',
              schemaPath: '#/properties/http/properties/hosts/type',
              keyword: 'type',
              params: { type: 'array' },
              message: 'must be array',
              schema: schema31.properties.http.properties.hosts.type,
              parentSchema: schema31.properties.http.properties.hosts,
              data: data24,
            };
            if (vErrors === null) {
              vErrors = [err54];
            } else {
              vErrors.push(err54);
            }
            errors++;
          }
        }
        if (data22.trust !== undefined) {
          let data26 = data22.trust;
          if (Array.isArray(data26)) {
            const len3 = data26.length;
            for (let i4 = 0; i4 < len3; i4++) {
              let data27 = data26[i4];
              if (!(
                data27 === 'staging_modules' ||
                data27 === 'username' ||
                data27 === 'private_key' ||
                data27 === 'passphrase' ||
                data27 === 'outside_jobs'
              )) {
                const err55 = {
                  instancePath: instancePath + '/http/trust/' + i4,
                  schemaPath: '#/properties/http/properties/trust/items/enum',
                  keyword: 'enum',
                  params: { allowedValues: schema31.properties.http.properties.trust.items.enum },
                  message: 'must be equal to one of the allowed values',
                  schema: schema31.properties.http.properties.trust.items.enum,
                  parentSchema: schema31.properties.http.properties.trust.items,
                  data: data27,
                };
                if (vErrors === null) {
                  vErrors = [err55];
                } else {
                  vErrors.push(err55);
                }
                errors++;
              }
            }
            let i5 = data26.length;
            let j1;
            if (i5 > 1) {
              outer1: for (; i5--;) {
                for (j1 = i5; j1--;) {
                  if (func0(data26[i5], data26[j1])) {
                    const err56 = {
                      instancePath: instancePath + '/http/trust',
                      schemaPath: '#/properties/http/properties/trust/uniqueItems',
                      keyword: 'uniqueItems',
                      params: { i: i5, j: j1 },
                      message:
                        'must NOT have duplicate items (items ## ' + j1 + ' and ' + i5 + ' are identical)',
                      schema: true,
                      parentSchema: schema31.properties.http.properties.trust,
                      data: data26,
                    };
                    if (vErrors === null) {
                      vErrors = [err56];
                    } else {
                      vErrors.push(err56);
                    }
                    errors++;
                    break outer1;
                  }
                }
              }
            }
          } else {
            const err57 = {
              instancePath: instancePath + '/http/trust',
              schemaPath: '#/properties/http/properties/trust/type',
              keyword: 'type',
              params: { type: 'array' },
              message: 'must be array',
              schema: schema31.properties.http.properties.trust.type,
              parentSchema: schema31.properties.http.properties.trust,
              data: data26,
            };
            if (vErrors === null) {
              vErrors = [err57];
            } else {
              vErrors.push(err57);
            }
            errors++;
          }
        }
        if (data22.webhook_secret !== undefined) {
          let data28 = data22.webhook_secret;
          if (
            typeof data28 !== 'string' &&
            !(data28 && typeof data28 == 'object' && !Array.isArray(data28))
          ) {
            const err58 = {
              instancePath: instancePath + '/http/webhook_secret',
              schemaPath: '#/properties/http/properties/webhook_secret/type',
              keyword: 'type',
              params: { type: schema31.properties.http.properties.webhook_secret.type },
              message: 'must be string,object',
              schema: schema31.properties.http.properties.webhook_secret.type,
              parentSchema: schema31.properties.http.properties.webhook_secret,
              data: data28,
            };
            if (vErrors === null) {
              vErrors = [err58];
            } else {
              vErrors.push(err58);
            }
            errors++;
          }
          if (typeof data28 === 'string') {
            if (func2(data28) < 1) {
              const err59 = {
                instancePath: instancePath + '/http/webhook_secret',
                schemaPath: '#/properties/http/properties/webhook_secret/minLength',
                keyword: 'minLength',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 characters',
                schema: 1,
                parentSchema: schema31.properties.http.properties.webhook_secret,
                data: data28,
              };
              if (vErrors === null) {
                vErrors = [err59];
              } else {
                vErrors.push(err59);
              }
              errors++;
            }
          }
          if (data28 && typeof data28 == 'object' && !Array.isArray(data28)) {
            if (Object.keys(data28).length > 1) {
              const err60 = {
                instancePath: instancePath + '/http/webhook_secret',
                schemaPath: '#/properties/http/properties/webhook_secret/maxProperties',
                keyword: 'maxProperties',
                params: { limit: 1 },
                message: 'must NOT have more than 1 properties',
                schema: 1,
                parentSchema: schema31.properties.http.properties.webhook_secret,
                data: data28,
              };
              if (vErrors === null) {
                vErrors = [err60];
              } else {
                vErrors.push(err60);
              }
              errors++;
            }
            if (Object.keys(data28).length < 1) {
              const err61 = {
                instancePath: instancePath + '/http/webhook_secret',
                schemaPath: '#/properties/http/properties/webhook_secret/minProperties',
                keyword: 'minProperties',
                params: { limit: 1 },
                message: 'must NOT have fewer than 1 properties',
                schema: 1,
                parentSchema: schema31.properties.http.properties.webhook_secret,
                data: data28,
              };
              if (vErrors === null) {
                vErrors = [err61];
              } else {
                vErrors.push(err61);
              }
              errors++;
            }
            for (const key5 in data28) {
              if (!(key5 === 'env' || key5 === 'file')) {
                const err62 = {
                  instancePath: instancePath + '/http/webhook_secret',
                  schemaPath: '#/properties/http/properties/webhook_secret/additionalProperties',
                  keyword: 'additionalProperties',
                  params: { additionalProperty: key5 },
                  message: 'must NOT have additional properties',
                  schema: false,
                  parentSchema: schema31.properties.http.properties.webhook_secret,
                  data: data28,
                };
                if (vErrors === null) {
                  vErrors = [err62];
                } else {
                  vErrors.push(err62);
                }
                errors++;
              }
            }
            if (data28.env !== undefined) {
              let data29 = data28.env;
              if (typeof data29 === 'string') {
                if (!pattern8.test(data29)) {
                  const err63 = {
                    instancePath: instancePath + '/http/webhook_secret/env',
                    schemaPath: '#/properties/http/properties/webhook_secret/properties/env/pattern',
                    keyword: 'pattern',
                    params: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
                    message: 'must match pattern "' + '^[A-Za-z_][A-Za-z0-9_]*$' + '"',
                    schema: '^[A-Za-z_][A-Za-z0-9_]*$',
                    parentSchema: schema31.properties.http.properties.webhook_secret.properties.env,
                    data: data29,
                  };
                  if (vErrors === null) {
                    vErrors = [err63];
                  } else {
                    vErrors.push(err63);
                  }
                  errors++;
                }
              } else {
                const err64 = {
                  instancePath: instancePath + '/http/webhook_secret/env',
                  schemaPath: '#/properties/http/properties/webhook_secret/properties/env/type',
                  keyword: 'type',
                  params: { type: 'string' },
                  message: 'must be string',
                  schema: schema31.properties.http.properties.webhook_secret.properties.env.type,
                  parentSchema: schema31.properties.http.properties.webhook_secret.properties.env,
                  data: data29,
                };
                if (vErrors === null) {
                  vErrors = [err64];
                } else {
                  vErrors.push(err64);
                }
                errors++;
              }
            }
            if (data28.file !== undefined) {
              let data30 = data28.file;
              if (typeof data30 === 'string') {
                if (func2(data30) < 1) {
                  const err65 = {
                    instancePath: instancePath + '/http/webhook_secret/file',
                    schemaPath: '#/properties/http/properties/webhook_secret/properties/file/minLength',
                    keyword: 'minLength',
                    params: { limit: 1 },
                    message: 'must NOT have fewer than 1 characters',
                    schema: 1,
                    parentSchema: schema31.properties.http.properties.webhook_secret.properties.file,
                    data: data30,
                  };
                  if (vErrors === null) {
                    vErrors = [err65];
                  } else {
                    vErrors.push(err65);
                  }
                  errors++;
                }
              } else {
                const err66 = {
                  instancePath: instancePath + '/http/webhook_secret/file',
                  schemaPath: '#/properties/http/properties/webhook_secret/properties/file/type',
                  keyword: 'type',
                  params: { type: 'string' },
                  message: 'must be string',
                  schema: schema31.properties.http.properties.webhook_secret.properties.file.type,
                  parentSchema: schema31.properties.http.properties.webhook_secret.properties.file,
                  data: data30,
                };
                if (vErrors === null) {
                  vErrors = [err66];
                } else {
                  vErrors.push(err66);
                }
                errors++;
              }
            }
          }
        }
        if (data22.users !== undefined) {
          let data31 = data22.users;
          if (Array.isArray(data31)) {
            const len4 = data31.length;
            for (let i6 = 0; i6 < len4; i6++) {
              let data32 = data31[i6];
              if (data32 && typeof data32 == 'object' && !Array.isArray(data32)) {
                if (data32.name === undefined) {
                  const err67 = {
                    instancePath: instancePath + '/http/users/' + i6,
                    schemaPath: '#/properties/http/properties/users/items/required',
                    keyword: 'required',
                    params: { missingProperty: 'name' },
                    message: "must have required property '" + 'name' + "'",
                    schema: schema31.properties.http.properties.users.items.required,
                    parentSchema: schema31.properties.http.properties.users.items,
                    data: data32,
                  };
                  if (vErrors === null) {
                    vErrors = [err67];
                  } else {
                    vErrors.push(err67);
                  }
                  errors++;
                }
                if (data32.role === undefined) {
                  const err68 = {
                    instancePath: instancePath + '/http/users/' + i6,
                    schemaPath: '#/properties/http/properties/users/items/required',
                    keyword: 'required',
                    params: { missingProperty: 'role' },
                    message: "must have required property '" + 'role' + "'",
                    schema: schema31.properties.http.properties.users.items.required,
                    parentSchema: schema31.properties.http.properties.users.items,
                    data: data32,
                  };
                  if (vErrors === null) {
                    vErrors = [err68];
                  } else {
                    vErrors.push(err68);
                  }
                  errors++;
                }
                for (const key6 in data32) {
                  if (!(
                    key6 === 'name' ||
                    key6 === 'role' ||
                    key6 === 'password_hash' ||
                    key6 === 'token_hash'
                  )) {
                    const err69 = {
                      instancePath: instancePath + '/http/users/' + i6,
                      schemaPath: '#/properties/http/properties/users/items/additionalProperties',
                      keyword: 'additionalProperties',
                      params: { additionalProperty: key6 },
                      message: 'must NOT have additional properties',
                      schema: false,
                      parentSchema: schema31.properties.http.properties.users.items,
                      data: data32,
                    };
                    if (vErrors === null) {
                      vErrors = [err69];
                    } else {
                      vErrors.push(err69);
                    }
                    errors++;
                  }
                }
                if (data32.name !== undefined) {
                  let data33 = data32.name;
                  if (typeof data33 === 'string') {
                    if (!pattern12.test(data33)) {
                      const err70 = {
                        instancePath: instancePath + '/http/users/' + i6 + '/name',
                        schemaPath: '#/properties/http/properties/users/items/properties/name/pattern',
                        keyword: 'pattern',
                        params: { pattern: '^[^\\s:]+$' },
                        message: 'must match pattern "' + '^[^\\s:]+$' + '"',
                        schema: '^[^\\s:]+$',
                        parentSchema: schema31.properties.http.properties.users.items.properties.name,
                        data: data33,
                      };
                      if (vErrors === null) {
                        vErrors = [err70];
                      } else {
                        vErrors.push(err70);
                      }
                      errors++;
                    }
                  } else {
                    const err71 = {
                      instancePath: instancePath + '/http/users/' + i6 + '/name',
                      schemaPath: '#/properties/http/properties/users/items/properties/name/type',
                      keyword: 'type',
                      params: { type: 'string' },
                      message: 'must be string',
                      schema: schema31.properties.http.properties.users.items.properties.name.type,
                      parentSchema: schema31.properties.http.properties.users.items.properties.name,
                      data: data33,
                    };
                    if (vErrors === null) {
                      vErrors = [err71];
                    } else {
                      vErrors.push(err71);
                    }
                    errors++;
                  }
                }
                if (data32.role !== undefined) {
                  let data34 = data32.role;
                  if (!(data34 === 'read' || data34 === 'write')) {
                    const err72 = {
                      instancePath: instancePath + '/http/users/' + i6 + '/role',
                      schemaPath: '#/properties/http/properties/users/items/properties/role/enum',
                      keyword: 'enum',
                      params: {
                        allowedValues: schema31.properties.http.properties.users.items.properties.role.enum,
                      },
                      message: 'must be equal to one of the allowed values',
                      schema: schema31.properties.http.properties.users.items.properties.role.enum,
                      parentSchema: schema31.properties.http.properties.users.items.properties.role,
                      data: data34,
                    };
                    if (vErrors === null) {
                      vErrors = [err72];
                    } else {
                      vErrors.push(err72);
                    }
                    errors++;
                  }
                }
                if (data32.password_hash !== undefined) {
                  let data35 = data32.password_hash;
                  if (typeof data35 === 'string') {
                    if (func2(data35) < 1) {
                      const err73 = {
                        instancePath: instancePath + '/http/users/' + i6 + '/password_hash',
                        schemaPath:
                          '#/properties/http/properties/users/items/properties/password_hash/minLength',
                        keyword: 'minLength',
                        params: { limit: 1 },
                        message: 'must NOT have fewer than 1 characters',
                        schema: 1,
                        parentSchema:
                          schema31.properties.http.properties.users.items.properties.password_hash,
                        data: data35,
                      };
                      if (vErrors === null) {
                        vErrors = [err73];
                      } else {
                        vErrors.push(err73);
                      }
                      errors++;
                    }
                  } else {
                    const err74 = {
                      instancePath: instancePath + '/http/users/' + i6 + '/password_hash',
                      schemaPath: '#/properties/http/properties/users/items/properties/password_hash/type',
                      keyword: 'type',
                      params: { type: 'string' },
                      message: 'must be string',
                      schema: schema31.properties.http.properties.users.items.properties.password_hash.type,
                      parentSchema: schema31.properties.http.properties.users.items.properties.password_hash,
                      data: data35,
                    };
                    if (vErrors === null) {
                      vErrors = [err74];
                    } else {
                      vErrors.push(err74);
                    }
                    errors++;
                  }
                }
                if (data32.token_hash !== undefined) {
                  let data36 = data32.token_hash;
                  if (typeof data36 === 'string') {
                    if (func2(data36) < 1) {
                      const err75 = {
                        instancePath: instancePath + '/http/users/' + i6 + '/token_hash',
                        schemaPath:
                          '#/properties/http/properties/users/items/properties/token_hash/minLength',
                        keyword: 'minLength',
                        params: { limit: 1 },
                        message: 'must NOT have fewer than 1 characters',
                        schema: 1,
                        parentSchema: schema31.properties.http.properties.users.items.properties.token_hash,
                        data: data36,
                      };
                      if (vErrors === null) {
                        vErrors = [err75];
                      } else {
                        vErrors.push(err75);
                      }
                      errors++;
                    }
                  } else {
                    const err76 = {
                      instancePath: instancePath + '/http/users/' + i6 + '/token_hash',
                      schemaPath: '#/properties/http/properties/users/items/properties/token_hash/type',
                      keyword: 'type',
                      params: { type: 'string' },
                      message: 'must be string',
                      schema: schema31.properties.http.properties.users.items.properties.token_hash.type,
                      parentSchema: schema31.properties.http.properties.users.items.properties.token_hash,
                      data: data36,
                    };
                    if (vErrors === null) {
                      vErrors = [err76];
                    } else {
                      vErrors.push(err76);
                    }
                    errors++;
                  }
                }
              } else {
                const err77 = {
                  instancePath: instancePath + '/http/users/' + i6,
                  schemaPath: '#/properties/http/properties/users/items/type',
                  keyword: 'type',
                  params: { type: 'object' },
                  message: 'must be object',
                  schema: schema31.properties.http.properties.users.items.type,
                  parentSchema: schema31.properties.http.properties.users.items,
                  data: data32,
                };
                if (vErrors === null) {
                  vErrors = [err77];
                } else {
                  vErrors.push(err77);
                }
                errors++;
              }
            }
          } else {
            const err78 = {
              instancePath: instancePath + '/http/users',
              schemaPath: '#/properties/http/properties/users/type',
              keyword: 'type',
              params: { type: 'array' },
              message: 'must be array',
              schema: schema31.properties.http.properties.users.type,
              parentSchema: schema31.properties.http.properties.users,
              data: data31,
            };
            if (vErrors === null) {
              vErrors = [err78];
            } else {
              vErrors.push(err78);
            }
            errors++;
          }
        }
      } else {
        const err79 = {
          instancePath: instancePath + '/http',
          schemaPath: '#/properties/http/type',
          keyword: 'type',
          params: { type: 'object' },
          message: 'must be object',
          schema: schema31.properties.http.type,
          parentSchema: schema31.properties.http,
          data: data22,
        };
        if (vErrors === null) {
          vErrors = [err79];
        } else {
          vErrors.push(err79);
        }
        errors++;
      }
    }
    if (data.intervals !== undefined) {
      let data37 = data.intervals;
      if (data37 && typeof data37 == 'object' && !Array.isArray(data37)) {
        for (const key7 in data37) {
          if (!(key7 === 'resync' || key7 === 'poll')) {
            const err80 = {
              instancePath: instancePath + '/intervals',
              schemaPath: '#/properties/intervals/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key7 },
              message: 'must NOT have additional properties',
              schema: false,
              parentSchema: schema31.properties.intervals,
              data: data37,
            };
            if (vErrors === null) {
              vErrors = [err80];
            } else {
              vErrors.push(err80);
            }
            errors++;
          }
        }
        if (data37.resync !== undefined) {
          let data38 = data37.resync;
          if (typeof data38 === 'string') {
            if (!pattern6.test(data38)) {
              const err81 = {
                instancePath: instancePath + '/intervals/resync',
                schemaPath: '#/properties/intervals/properties/resync/pattern',
                keyword: 'pattern',
                params: {
                  pattern:
                    '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
                },
                message:
                  'must match pattern "' +
                  '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$' +
                  '"',
                schema:
                  '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
                parentSchema: schema31.properties.intervals.properties.resync,
                data: data38,
              };
              if (vErrors === null) {
                vErrors = [err81];
              } else {
                vErrors.push(err81);
              }
              errors++;
            }
          } else {
            const err82 = {
              instancePath: instancePath + '/intervals/resync',
              schemaPath: '#/properties/intervals/properties/resync/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema31.properties.intervals.properties.resync.type,
              parentSchema: schema31.properties.intervals.properties.resync,
              data: data38,
            };
            if (vErrors === null) {
              vErrors = [err82];
            } else {
              vErrors.push(err82);
            }
            errors++;
          }
        }
        if (data37.poll !== undefined) {
          let data39 = data37.poll;
          if (typeof data39 === 'string') {
            if (!pattern6.test(data39)) {
              const err83 = {
                instancePath: instancePath + '/intervals/poll',
                schemaPath: '#/properties/intervals/properties/poll/pattern',
                keyword: 'pattern',
                params: {
                  pattern:
                    '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
                },
                message:
                  'must match pattern "' +
                  '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$' +
                  '"',
                schema:
                  '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
                parentSchema: schema31.properties.intervals.properties.poll,
                data: data39,
              };
              if (vErrors === null) {
                vErrors = [err83];
              } else {
                vErrors.push(err83);
              }
              errors++;
            }
          } else {
            const err84 = {
              instancePath: instancePath + '/intervals/poll',
              schemaPath: '#/properties/intervals/properties/poll/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema31.properties.intervals.properties.poll.type,
              parentSchema: schema31.properties.intervals.properties.poll,
              data: data39,
            };
            if (vErrors === null) {
              vErrors = [err84];
            } else {
              vErrors.push(err84);
            }
            errors++;
          }
        }
      } else {
        const err85 = {
          instancePath: instancePath + '/intervals',
          schemaPath: '#/properties/intervals/type',
          keyword: 'type',
          params: { type: 'object' },
          message: 'must be object',
          schema: schema31.properties.intervals.type,
          parentSchema: schema31.properties.intervals,
          data: data37,
        };
        if (vErrors === null) {
          vErrors = [err85];
        } else {
          vErrors.push(err85);
        }
        errors++;
      }
    }
    if (data.retention !== undefined) {
      let data40 = data.retention;
      if (data40 && typeof data40 == 'object' && !Array.isArray(data40)) {
        for (const key8 in data40) {
          if (!(key8 === 'succeeded' || key8 === 'otherwise')) {
            const err86 = {
              instancePath: instancePath + '/retention',
              schemaPath: '#/properties/retention/additionalProperties',
              keyword: 'additionalProperties',
              params: { additionalProperty: key8 },
              message: 'must NOT have additional properties',
              schema: false,
              parentSchema: schema31.properties.retention,
              data: data40,
            };
            if (vErrors === null) {
              vErrors = [err86];
            } else {
              vErrors.push(err86);
            }
            errors++;
          }
        }
        if (data40.succeeded !== undefined) {
          let data41 = data40.succeeded;
          if (typeof data41 === 'string') {
            if (!pattern6.test(data41)) {
              const err87 = {
                instancePath: instancePath + '/retention/succeeded',
                schemaPath: '#/properties/retention/properties/succeeded/pattern',
                keyword: 'pattern',
                params: {
                  pattern:
                    '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
                },
                message:
                  'must match pattern "' +
                  '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$' +
                  '"',
                schema:
                  '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
                parentSchema: schema31.properties.retention.properties.succeeded,
                data: data41,
              };
              if (vErrors === null) {
                vErrors = [err87];
              } else {
                vErrors.push(err87);
              }
              errors++;
            }
          } else {
            const err88 = {
              instancePath: instancePath + '/retention/succeeded',
              schemaPath: '#/properties/retention/properties/succeeded/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema31.properties.retention.properties.succeeded.type,
              parentSchema: schema31.properties.retention.properties.succeeded,
              data: data41,
            };
            if (vErrors === null) {
              vErrors = [err88];
            } else {
              vErrors.push(err88);
            }
            errors++;
          }
        }
        if (data40.otherwise !== undefined) {
          let data42 = data40.otherwise;
          if (typeof data42 === 'string') {
            if (!pattern6.test(data42)) {
              const err89 = {
                instancePath: instancePath + '/retention/otherwise',
                schemaPath: '#/properties/retention/properties/otherwise/pattern',
                keyword: 'pattern',
                params: {
                  pattern:
                    '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
                },
                message:
                  'must match pattern "' +
                  '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$' +
                  '"',
                schema:
                  '^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$',
                parentSchema: schema31.properties.retention.properties.otherwise,
                data: data42,
              };
              if (vErrors === null) {
                vErrors = [err89];
              } else {
                vErrors.push(err89);
              }
              errors++;
            }
          } else {
            const err90 = {
              instancePath: instancePath + '/retention/otherwise',
              schemaPath: '#/properties/retention/properties/otherwise/type',
              keyword: 'type',
              params: { type: 'string' },
              message: 'must be string',
              schema: schema31.properties.retention.properties.otherwise.type,
              parentSchema: schema31.properties.retention.properties.otherwise,
              data: data42,
            };
            if (vErrors === null) {
              vErrors = [err90];
            } else {
              vErrors.push(err90);
            }
            errors++;
          }
        }
      } else {
        const err91 = {
          instancePath: instancePath + '/retention',
          schemaPath: '#/properties/retention/type',
          keyword: 'type',
          params: { type: 'object' },
          message: 'must be object',
          schema: schema31.properties.retention.type,
          parentSchema: schema31.properties.retention,
          data: data40,
        };
        if (vErrors === null) {
          vErrors = [err91];
        } else {
          vErrors.push(err91);
        }
        errors++;
      }
    }
  } else {
    const err92 = {
      instancePath,
      schemaPath: '#/type',
      keyword: 'type',
      params: { type: 'object' },
      message: 'must be object',
      schema: schema31.type,
      parentSchema: schema31,
      data,
    };
    if (vErrors === null) {
      vErrors = [err92];
    } else {
      vErrors.push(err92);
    }
    errors++;
  }
  validate20.errors = vErrors;
  return errors === 0;
}
validate20.evaluated = { props: true, dynamicProps: false, dynamicItems: false };
