-- The taxonomy in use. One row per topic.
select
    slug,  -- Name of the topic in all tables.
    label,  -- Name for people.
    definition,  -- What belongs to it.
    status,  -- approved or proposed.
    experience,  -- product, transaction or interaction.
    journey_stage,  -- Stage of the journey.
    need,  -- What the customer wants met: meaning, value or accommodation; null: the taxonomy does not say.
from enrichment.topics
