-- Valid scores of survey responses; a row with superseded_at belongs to an older version of a corrected response.
-- One row per survey response, question and version.
select * from facts.responses
